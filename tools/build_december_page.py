"""Write ``docs/december-2023.md``: ``make december`` (a few minutes; fits once)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cases.americas.december_2023 import page

TARGET = Path(__file__).parents[1] / "docs/december-2023.md"


def main() -> None:
    TARGET.write_text(page(), encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
