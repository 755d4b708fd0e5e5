"""A view: sections of plain content, charts, and the series they rest on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.present.charts.theme import Chart

if TYPE_CHECKING:
    from corredor.present.context import Context

__all__ = ["View", "plain"]


def plain(value: Any) -> Any:
    """Turn content into what JSON can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable):
        return [plain(v) for v in value]
    if isinstance(value, float) and value != value:
        return None
    return value


@dataclass(frozen=True)
class View:
    """One view in one language.

    Attributes
    ----------
    content
        What the sections of the page are made of.
    ctx
        Language, formats, and the ledger of series read.
    """

    name: str
    ctx: Context
    content: dict[str, Any]

    @property
    def charts(self) -> Mapping[str, Chart]:
        """Charts by name."""
        return self.ctx.charts

    def to_json(self) -> dict[str, Any]:
        """The view as the API gives it."""
        return {
            "view": self.name,
            "lang": self.ctx.lang,
            "as_of": self.ctx.inputs.as_of.isoformat(),
            "sections": plain(self.content),
            "charts": {c.ident: c.alt for c in self.charts.values()},
            "series": list(self.ctx.ledger.used),
        }
