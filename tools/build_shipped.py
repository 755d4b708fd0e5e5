"""Rebuild the tables that ship with the package from the compiled raw files.

    make figures SHARED=../shared        (python tools/build_shipped.py ../shared)

Every series of the catalogue becomes one Parquet file in src/corredor/figures/data/tables.
Same input, same bytes. Files of the folder that no series uses are named at the end, with
the reason, so that nothing is left out unnoticed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent))

from corredor.figures.catalogue import Series, catalogue
from corredor.files import replacing
from shipped_readers import latin, us, world
from shipped_readers.base import Raw, stacked

TABLES = Path(__file__).resolve().parents[1] / "src/corredor/figures/data/tables"
BUILDERS = us.BUILDERS | latin.BUILDERS | world.BUILDERS
#: Files that are not read, and why.
NOT_READ = {
    "MANIFEST.csv": "about the files",
    "bts_border_crossings_us_mexico_annual_totals.csv": "sums of the monthly file",
    "cbp_nationwide_encounters_by_region_monthly.csv.gz": "sums of the two official state files",
    "cbp_swb_encounters_by_citizenship_demographic_monthly.csv.gz": "sums of the detail file",
    "cbp_swb_encounters_by_sector_title_monthly.csv": "sums of the detail file",
    "iom_missing_migrants_americas_annual.csv": "sums of the incidents file",
    "corridor_places.csv": "places, not figures",
    "texas_bridge_coordinates.csv": "places, not figures",
    "us_mexico_ports_of_entry.csv": "places, not figures",
}


def build(data: Path, tables: Path) -> dict[str, int]:
    """Write every table and return the number of figures of each series."""
    raw = Raw(data)
    rows = {}
    tables.mkdir(parents=True, exist_ok=True)
    for one in catalogue().values():
        frame = stacked(one, BUILDERS[one.id](raw))
        rows[one.id] = frame.height
        write(one, frame, tables / f"{one.id}.parquet")
    for old in tables.glob("*.parquet"):
        if old.stem not in rows:
            old.unlink()
    files = {f.name for f in data.iterdir() if ".csv" in f.name}
    if missed := files - raw.used - set(NOT_READ):
        raise SystemExit(f"files without a series and without a reason: {sorted(missed)}")
    return rows


def write(one: Series, frame: pl.DataFrame, path: Path) -> None:
    """Write one table, whole or not at all; values of whole-number series must be whole."""
    if one.whole and frame.filter(pl.col("value") % 1 != 0).height:
        raise SystemExit(f"{one.id}: values that are not whole")
    typed = frame.with_columns(pl.col("value").cast(pl.Int64)) if one.whole else frame
    with replacing(path) as temporary:
        typed.write_parquet(temporary, compression="zstd", compression_level=12, statistics=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the compiled files, or the one above")
    parser.add_argument("--out", type=Path, default=TABLES)
    options = parser.parse_args()
    folders = [options.data, options.data / "data"]
    data = next((f for f in folders if (f / "MANIFEST.csv").exists()), None)
    if data is None:
        raise SystemExit(f"{options.data}: no MANIFEST.csv here; give the compiled files' folder")
    rows = build(data, options.out)
    size = sum(f.stat().st_size for f in options.out.glob("*.parquet"))
    print(f"{len(rows)} series, {sum(rows.values()):,} figures, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
