"""What every section of one page needs: the inputs, the language, the ledger, the charts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor import i18n
from corredor.corridor.model import text_of
from corredor.corridor.observing import label_of
from corredor.months import after
from corredor.present.charts.theme import Chart
from corredor.present.shown import Shown, read_shown

if TYPE_CHECKING:
    import polars as pl

    from corredor.i18n import Translator
    from corredor.present.inputs import BriefInputs
    from corredor.present.ledger import Ledger

__all__ = ["Context", "drawn", "estimate", "minus_months"]

#: Model figures under this are not told, and what charts hold in their place.
_SMALL, _UNDER = 10, 5


def minus_months(month: date, n: int) -> date:
    """Return the first day of the month ``n`` months before (after, when negative)."""
    return after(month, -n)


def estimate(value: float) -> int:
    """Round a model figure to two significant digits: more would feign precision."""
    if value < 10:
        return round(value)
    digits = math.floor(math.log10(abs(value))) - 1
    return int(round(value, -digits))


def drawn(value: float) -> int:
    """Return a model figure as charts hold it: whole, and 5 for all that are under ten."""
    whole = round(value)
    return _UNDER if 0 < whole < _SMALL else whole


@dataclass
class Context:
    """One page in the making."""

    inputs: BriefInputs
    ledger: Ledger
    tr: Translator
    charts: dict[str, Chart] = field(default_factory=dict)
    _shown: Shown | None = None

    @property
    def lang(self) -> str:
        """Language of the page."""
        return self.tr.lang

    @property
    def locale(self) -> str:
        """Locale of its numbers and dates, as a browser names it."""
        return i18n.locale_of(self.lang)

    # ---------------------------------------------------------------- formats
    def whole(self, value: float | None) -> str:
        """Format a published whole number."""
        return i18n.fmt_int(value, self.lang)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Format a number."""
        return i18n.fmt_number(value, self.lang, digits)

    def percent(self, share: float | None, digits: int = 0, *, sign: bool = False) -> str:
        """Format a share."""
        return i18n.fmt_percent(share, self.lang, digits, sign=sign)

    def month(self, day: date | None, *, short: bool = False) -> str:
        """Format a month."""
        return i18n.fmt_month(day, self.lang, short=short)

    def date(self, day: date | None, style: str = "medium") -> str:
        """Format a day."""
        return i18n.fmt_date(day, self.lang, style)

    def country(self, iso3: str) -> str:
        """Name of a country."""
        return i18n.country_name(iso3, self.lang)

    def authority(self, name: str) -> str:
        """Name of an authority; several that act together are written as "SVN, HRV and SRB"."""
        return self.join([self.country(a) for a in re.split(r", | and ", name)]) if name else "–"

    def join(self, items: Sequence[str]) -> str:
        """Join words as a sentence does."""
        return i18n.fmt_list(list(items), self.lang)

    def about(self, value: float | None) -> str:
        """Format a model figure: two significant digits, "under 10" for the least."""
        if value is None or value != value:
            return "–"
        if value < 10:
            return self.tr("under 10")
        return self.whole(estimate(value))

    def span(self, low: float, high: float) -> str:
        """Format an interval of model figures."""
        if high < 10:
            return self.tr("under 10")
        first = "0" if low < 0.5 else "<10" if low < 10 else self.whole(estimate(low))
        return f"{first}–\u2060{self.whole(estimate(high))}"  # a word joiner: no break inside

    def amount(self, usd: float | None) -> str:
        """Format an amount of US dollars."""
        return i18n.amount(usd, self.lang)

    def units(self, value: float) -> str:
        """Format a model figure of trucks, trains or hours, which no rule of small cells hides."""
        if 0 < value < 0.5:
            return "<1"
        return self.whole(estimate(value))

    def dollars(self, usd: float) -> str:
        """Format an amount of US dollars that a model gives: two significant digits."""
        if 0 < usd < 1000:
            return f"<{self.amount(1000)}"
        return self.amount(estimate(usd))

    # ------------------------------------------------------------------ words
    def checkpoint(self, ident: str) -> str:
        """Name of a checkpoint or sum."""
        observing = self.inputs.corridor.observing
        return ident if observing is None else observing.name(ident, self.lang)

    def total_of(self, ident: str) -> tuple[str, dict[str, Any]]:
        """Series of everybody at a checkpoint or of a sum, with its filter."""
        ref = self.inputs.corridor.observed().whole(ident)
        return (ref.series, ref.words) if ref else ("", {})

    @property
    def shown(self) -> Shown:
        """What the corridor's brief lists."""
        if self._shown is None:
            self._shown = read_shown(self.inputs.corridor, self.inputs.store.catalogue)
        return self._shown

    @property
    def name(self) -> str:
        """Name of the corridor."""
        return text_of(self.inputs.corridor, "name", self.lang)

    def place(self, ident: str) -> str:
        """Name of a place of the corridor."""
        for place in self.inputs.corridor.places:
            if place.id == ident:
                return text_of(place, "name", self.lang)
        return ident

    def port(self, code: str) -> str:
        """Name of a port of entry from its code."""
        for place in self.inputs.corridor.places:
            if getattr(place, "port_code", None) == code:
                return self.place(place.id)
        return self.tr("Port {code}", code=code)

    def source(self, *series: str) -> str:
        """Return "Source: publisher, edition, published …" of the series a chart shows."""
        parts = []
        for one in series:
            vintage = self.ledger.vintage(one)
            if vintage is None:
                continue
            day = self.date(vintage.published)
            text = (
                self.tr("published {day} (estimated)")
                if vintage.estimated
                else self.tr("published {day}")
            )
            parts.append(f"{self.publisher(one)}, {text.format(day=day)}")
        unique = list(dict.fromkeys(parts))
        return self.tr("Source: {list}.", list="; ".join(unique)) if unique else ""

    def publisher(self, series: str) -> str:
        """Publisher of a series."""
        row = self.catalogue.get(series)
        return str(row["publisher"]) if row else series

    @property
    def catalogue(self) -> dict[str, dict[str, Any]]:
        """The catalogue of series by id, with what was held of each on the day."""
        if not hasattr(self, "_catalogue"):
            rows: pl.DataFrame = self.inputs.store.series(self.inputs.as_of)
            self._catalogue = {str(r["series"]): r for r in rows.iter_rows(named=True)}
        return self._catalogue

    def words_of(self, text: str) -> str:
        """A text that figures bring, in the reader's language where the corridor has it."""
        return label_of(self.shown.words.get(text, {}), self.lang, text)

    @property
    def example(self) -> str:
        """A sentence that can be held against the corridor's figures, or nothing."""
        return label_of(self.shown.example, self.lang, "")

    # ----------------------------------------------------------------- charts
    def chart(
        self, ident: str, spec: dict[str, Any], alt: str, box: str = "chart", *, title: str = ""
    ) -> str:
        """Put a chart on the page and return its id; ``title`` heads it in a file."""
        self.charts[ident] = Chart(ident, spec, alt, box, title)
        return ident
