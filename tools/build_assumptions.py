"""Ask which assumptions three answers rest on, and keep what was found for docs/assumptions.md.

python tools/build_assumptions.py        (make assumptions; minutes)
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cases.americas.assumptions_page import ask, page, write

ROOT = Path(__file__).parents[1]


def main() -> None:
    def tell(what: str, share: float) -> None:
        print(f"\r{what} {share:4.0%}", end="", file=sys.stderr, flush=True)

    found = ask(progress=tell)
    print(file=sys.stderr)
    write(found, ROOT / "docs/data/assumptions.json")
    (ROOT / "docs/assumptions.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
