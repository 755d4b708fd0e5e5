"""Write the table of series into docs/figures.md (python tools/series_table.py)."""

from __future__ import annotations

from pathlib import Path

from corredor.figures.catalogue import Series, catalogue
from corredor.figures.shipped import read

DOCS = Path(__file__).resolve().parents[1] / "docs" / "figures.md"
BEGIN = "<!-- series: written by tools/series_table.py -->"
END = "<!-- end of series -->"


def table() -> str:
    """Return the series as a Markdown table with what ships of each."""
    lines = [
        "| series | what it counts | dimensions | period | shipped | figures | lag, days |",
        "| --- | --- | --- | --- | --- | ---: | ---: |",
    ]
    lines += [_line(one) for one in catalogue().values()]
    return "\n".join(lines)


def _line(one: Series) -> str:
    frame = read(one.id)
    first, last = frame["start"].min(), frame["end"].max()
    counts = f"{one.title_en}: {one.counts}"
    if one.rounding > 1:
        counts += f", rounded to {one.rounding}"
    dims = ", ".join(one.dims) or "–"
    span = f"{first:%Y-%m} to {last:%Y-%m}"
    period = one.period.replace("_", " ")
    return (
        f"| `{one.id}` | {counts} | {dims} | {period} | {span} | {len(frame):,} | {one.lag_days} |"
    )


def page(text: str) -> str:
    """Return the page with the table between its marks renewed."""
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    DOCS.write_text(page(DOCS.read_text(encoding="utf-8")), encoding="utf-8")
