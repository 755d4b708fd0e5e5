"""How good forecasts have been: scores, backtests, the track record, and signals told from it."""
