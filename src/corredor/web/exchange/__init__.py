"""Exchange: every table as CSV, Excel, Parquet, GeoPackage or GeoJSON; every chart as a file."""
