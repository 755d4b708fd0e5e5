"""What a check returns: frozen objects with a table, JSON and an annotated page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from corredor.statements.grading import UNCHECKED, worst

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Checked", "Part", "Report", "Rest"]


@dataclass(frozen=True)
class Rest:
    """What a verdict rests on: a series or a measure, who published it, and when.

    ``published`` is the day of the newest edition used; ``estimated`` marks a day that was not
    stated by the publisher.
    """

    kind: str
    ident: str
    title: str
    publisher: str = ""
    url: str = ""
    published: date | None = None
    estimated: bool = False
    title_es: str = ""


@dataclass(frozen=True)
class Part:
    """One checkable part of a sentence.

    Attributes
    ----------
    kind
        ``level``, ``change``, ``difference``, ``ratio``, ``compare``, ``share``, ``record``,
        ``rank``, ``run``, ``first``, ``weekday``, ``date``, ``duration``, ``order`` or ``event``.
    verdict
        ``supported``, ``roughly supported``, ``contradicted``, ``misleading`` or
        ``not checkable``.
    computed, stated, tolerance
        What the figures give, what the sentence says (same unit), and the share of the computed
        value that was allowed; None where no number is held against another.
    confidence
        ``high``, ``medium`` or ``low``: how sure the reading of the words is.
    wording
        In ``en`` and ``es``: the verdict in a sentence, the arithmetic, the reading used, what
        another reading would give, what was known on the day.
    rests
        Series and measures used.
    series
        Months or years around the figure, for a small chart: (label, value, marked).
    quote
        The figure with its subject, time, publisher and edition in a sentence that may be quoted,
        in ``en`` and ``es``; also for a part that could not be judged, when a figure is near it.
    """

    kind: str
    verdict: str
    confidence: str
    wording: dict[str, tuple[str, ...]]
    computed: float | None = None
    stated: float | None = None
    unit: str = ""
    tolerance: float | None = None
    reading: str = ""
    then: float | None = None
    rests: tuple[Rest, ...] = ()
    series: tuple[tuple[str, float, bool], ...] = ()
    quote: dict[str, str] | None = None


@dataclass(frozen=True)
class Checked:
    """A sentence, where it stands in the text, and what was found of it.

    ``verdict`` is that of its worst checkable part; None when it says nothing of the corridor.
    ``manner`` says how it is said: ``claim``, ``quote``, ``headline`` or ``opinion``. ``marks`` are
    stretches of the sentence (start, end, kind): numbers that were ``read`` or ``unread``, and
    words left over (``word``).
    """

    sentence: str
    start: int
    end: int
    lang: str
    verdict: str | None
    parts: tuple[Part, ...] = ()
    reason: dict[str, str] | None = None
    manner: str = "claim"
    marks: tuple[tuple[int, int, str], ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """Numbers and words of the sentence that no claim has taken account of."""
        return tuple(self.sentence[a:b] for a, b, kind in self.marks if kind != "read")

    @property
    def kind(self) -> str:
        """The kind of the part that decided."""
        decided = next((p for p in self.parts if p.verdict == self.verdict), None)
        return decided.kind if decided else "not-checkable"

    def why(self, lang: str) -> tuple[str, ...]:
        """Return the wording of all parts in a language, the deciding one first."""
        ordered = sorted(self.parts, key=lambda p: p.verdict != self.verdict)
        lines = [line for p in ordered for line in p.wording[lang]]
        if self.reason and not (self.verdict not in (None, UNCHECKED)):
            lines.insert(0, self.reason[lang])
        return tuple(dict.fromkeys(lines))


@dataclass(frozen=True)
class Report:
    """A checked text.

    Attributes
    ----------
    text
        The text as read, without mark-up.
    published
        The day that relative times were read from and whose figures count as known then.
    dated
        False when no day was given and today's was taken.
    sentences
        Every sentence in order; :attr:`statements` are those about the corridor.
    """

    text: str
    published: date
    dated: bool
    sentences: tuple[Checked, ...]
    made_with: tuple[tuple[str, str], ...] = ()

    @property
    def statements(self) -> tuple[Checked, ...]:
        """Sentences about the corridor."""
        return tuple(s for s in self.sentences if s.verdict is not None)

    @property
    def verdict(self) -> str:
        """The verdict of the worst checkable statement; ``not checkable`` when none is."""
        return worst([s.verdict for s in self.sentences if s.verdict is not None])

    def counts(self) -> dict[str, int]:
        """Return how many statements have each verdict."""
        found: dict[str, int] = {}
        for s in self.statements:
            found[str(s.verdict)] = found.get(str(s.verdict), 0) + 1
        return found

    def table(self, lang: str = "en") -> pl.DataFrame:
        """Return a row a statement: ``sentence``, ``verdict``, ``kind``, ``stated``,
        ``computed``, ``unit``, ``tolerance``, ``confidence``, ``why``, ``manner``, ``unread``,
        ``figure``, ``rests``."""
        import polars as pl

        rows = []
        for s in self.statements:
            part = next((p for p in s.parts if p.verdict == s.verdict), None)
            rows.append(
                {
                    "sentence": s.sentence,
                    "verdict": s.verdict,
                    "kind": s.kind,
                    "stated": part.stated if part else None,
                    "computed": part.computed if part else None,
                    "unit": part.unit if part else "",
                    "tolerance": part.tolerance if part else None,
                    "confidence": part.confidence if part else "",
                    "why": " ".join(s.why(lang)),
                    "manner": s.manner,
                    "unread": "; ".join(s.unread),
                    "figure": " ".join(dict.fromkeys(p.quote[lang] for p in s.parts if p.quote)),
                    "rests": "; ".join(dict.fromkeys(r.ident for p in s.parts for r in p.rests)),
                }
            )
        schema = {
            "sentence": pl.String,
            "verdict": pl.String,
            "kind": pl.String,
            "stated": pl.Float64,
            "computed": pl.Float64,
            "unit": pl.String,
            "tolerance": pl.Float64,
            "confidence": pl.String,
            "why": pl.String,
            "manner": pl.String,
            "unread": pl.String,
            "figure": pl.String,
            "rests": pl.String,
        }
        return pl.DataFrame(rows, schema=schema)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, days as ISO text."""
        return {
            "verdict": self.verdict,
            "published": self.published.isoformat(),
            "published_given": self.dated,
            "counts": self.counts(),
            "made_with": dict(self.made_with),
            "statements": [_plain(s) for s in self.statements],
            "not_about_the_corridor": len(self.sentences) - len(self.statements),
        }

    def to_json(self) -> str:
        """Return :meth:`to_dict` as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    def to_csv(self, lang: str = "en") -> str:
        """Return :meth:`table` as CSV."""
        from corredor.statements.exports import csv_text

        return csv_text(self, lang)

    def claim_review(self, lang: str = "en", url: str = "") -> list[dict[str, Any]]:
        """Return ClaimReview mark-up (schema.org), one a statement with a verdict."""
        from corredor.statements.exports import claim_review

        return claim_review(self, lang, url)

    def html(self, lang: str = "en") -> str:
        """Return the annotated text as one page that needs no network."""
        from corredor.statements.page import page

        return page(self, lang)

    def _repr_html_(self) -> str:
        return self.html()


def _plain(s: Checked) -> dict[str, Any]:
    return {
        "sentence": s.sentence,
        "start": s.start,
        "end": s.end,
        "lang": s.lang,
        "verdict": s.verdict,
        "kind": s.kind,
        "manner": s.manner,
        "unread": list(s.unread),
        "marks": [{"start": a, "end": b, "kind": kind} for a, b, kind in s.marks],
        "why": {lang: list(s.why(lang)) for lang in ("en", "es")},
        "parts": [
            {
                "kind": p.kind,
                "verdict": p.verdict,
                "confidence": p.confidence,
                "stated": p.stated,
                "computed": p.computed,
                "unit": p.unit,
                "tolerance": p.tolerance,
                "reading": p.reading,
                "known_on_the_day": p.then,
                "quote": p.quote,
                "wording": {k: list(v) for k, v in p.wording.items()},
                "rests_on": [
                    {
                        "kind": r.kind,
                        "id": r.ident,
                        "title": r.title,
                        "publisher": r.publisher,
                        "url": r.url,
                        "published": r.published.isoformat() if r.published else None,
                        "published_estimated": r.estimated,
                    }
                    for r in p.rests
                ],
            }
            for p in s.parts
        ],
    }
