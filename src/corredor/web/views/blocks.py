"""Answers as blocks: headings, sentences, tables, charts, which the page lays out in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corredor.present.charts.theme import Swatch
    from corredor.present.context import Context

__all__ = ["Blocks"]

Head = tuple[str, str]


class Blocks:
    """Collects the blocks of one answer.

    A block is a plain mapping with ``kind``: heading, text, table, chart, legend, numbers.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.items: list[dict[str, Any]] = []

    def heading(self, text: str) -> None:
        """Add a heading."""
        self.items.append({"kind": "heading", "text": text})

    def text(self, text: str, tone: str = "") -> None:
        """Add a paragraph; ``tone`` is ``note``, ``warn`` or nothing."""
        if text:
            self.items.append({"kind": "text", "text": text, "tone": tone})

    def table(
        self,
        label: str,
        heads: Sequence[Head],
        rows: Sequence[Sequence[str]],
        *,
        cards: bool = False,
    ) -> None:
        """Add a table; the first cell of a row is its head."""
        if rows:
            self.items.append(
                {
                    "kind": "table",
                    "label": label,
                    "heads": [list(h) for h in heads],
                    "rows": [list(r) for r in rows],
                    "cards": cards,
                }
            )

    def chart(self, ident: str, spec: dict[str, Any], alt: str, title: str = "") -> None:
        """Add a chart; ``title`` heads it in a file."""
        self.ctx.chart(ident, spec, alt, title=title)
        self.items.append({"kind": "chart", "name": ident, "alt": alt})

    def legend(self, items: Sequence[Swatch]) -> None:
        """Add a legend."""
        shown = [{"label": i.label, "colour": i.colour, "form": i.form} for i in items]
        self.items.append({"kind": "legend", "items": shown})

    def numbers(self, items: Sequence[dict[str, str]]) -> None:
        """Add numbers that stand out: ``label, value, range`` each."""
        if items:
            self.items.append({"kind": "numbers", "items": list(items)})
