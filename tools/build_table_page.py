"""Answer the table of December 2023 and write its page: ``make table``.

``--page-only`` writes the page from the kept answer, in a second.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from corredor.corridor import load_corridor
from corredor.deal import deal, load_table
from corredor.deal.report import report
from corredor.figures import Store

sys.path.insert(0, str(Path(__file__).parents[1]))

from cases.americas.deal_doc import fingerprint, page

NAME = "december-2023"
DOCS = Path(__file__).parents[1] / "docs"
KEPT = DOCS / f"data/the-table-{NAME}.json"
TARGET = DOCS / f"the-table-{NAME}.md"
SIZES = {"members": 200, "worlds": 40, "runs": 32, "draws": 1200}
SMALL = {"members": 40, "worlds": 20, "runs": 20, "draws": 1200}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--page-only", action="store_true")
    ask.add_argument("--small", action="store_true", help="half the worlds")
    given = ask.parse_args()
    table = load_table(NAME)
    if not given.page_only:
        sizes = SMALL if given.small else SIZES
        made = deal(
            table,
            progress=lambda what, share: print(f"\r{what}: {share:4.0%} ", end="", flush=True),
            **sizes,
        )
        kept = {"table": fingerprint(table), "answer": report(made)}
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    answer = json.loads(KEPT.read_text(encoding="utf-8"))["answer"]
    TARGET.write_text(
        page(table, answer, Store.open(), load_corridor(table.corridor)), encoding="utf-8"
    )
    print(f"\nwrote {TARGET}")


if __name__ == "__main__":
    main()
