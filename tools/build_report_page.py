"""Write ``docs/the-report.md`` from the store and the corridor: ``make report``."""

from __future__ import annotations

import sys
from pathlib import Path

from corredor.corridor import load_corridor
from corredor.figures import Store

sys.path.insert(0, str(Path(__file__).parents[1]))

from cases.americas.founding_report import page

TARGET = Path(__file__).parents[1] / "docs/the-report.md"


def main() -> None:
    TARGET.write_text(page(Store.open(), load_corridor("americas")), encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
