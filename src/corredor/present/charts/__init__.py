"""Charts: Vega-Lite specifications made with Altair, maps and sparklines."""
