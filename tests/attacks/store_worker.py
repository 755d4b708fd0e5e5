"""Does to a store what it is told on its input, one line at a time; it may be killed at any."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from corredor.figures import Store
from corredor.figures.importing import add_figures, import_file


def do(store: Path, kind: str, told: dict[str, str]) -> None:
    """Import a file, take in what a sync brings, or examine the store."""
    import polars as pl

    if kind == "import":
        published = date.fromisoformat(told["published"])
        import_file(told["file"], series=told["series"], published=published, store_path=store)
    elif kind == "sync":
        frame = pl.read_csv(told["file"], try_parse_dates=True)
        add_figures(
            frame,
            published=date.fromisoformat(told["published"]),
            published_estimated=False,
            edition=told["edition"],
            source="made",
            store_path=store,
        )
    else:
        from corredor.figures.doctor import examine

        with Store.open(store) as opened:
            examine(opened)


if __name__ == "__main__":
    for line in sys.stdin:
        kind, told = json.loads(line)
        do(Path(sys.argv[1]), kind, told)
        print("done", flush=True)
