"""Charts of the brief: Vega-Lite specifications made with Altair, maps and sparklines."""
