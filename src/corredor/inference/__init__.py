"""The law and the panel of counts fitted to what was counted: posterior, nowcast, forecast."""
