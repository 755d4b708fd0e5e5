"""From a text to a report: sentences, claims, judgements, wording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from corredor.figures.catalogue import series as catalogue_entry
from corredor.figures.days import as_day
from corredor.i18n import LANGUAGES, translator
from corredor.questions.statements.claim import Claim, Context
from corredor.questions.statements.claims import claims
from corredor.questions.statements.dated import DatedFinding, judge_dates
from corredor.questions.statements.grading import UNCHECKED, worst
from corredor.questions.statements.marks import Marked, mark
from corredor.questions.statements.order import judge_order
from corredor.questions.statements.periods import add_months
from corredor.questions.statements.record import Record
from corredor.questions.statements.results import Checked, Part, Report, Rest
from corredor.questions.statements.subjects import Groups, domain
from corredor.questions.statements.text import Sentence, clean, read, sentences
from corredor.questions.statements.tries import Finding, judge_number
from corredor.questions.statements.wording import dated_lines, lines, reading_text, reason_line

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = ["check", "check_file"]

_ORDERED = frozenset({"record", "rank", "run", "first"})


def check(
    text: str,
    *,
    published: date | str | None = None,
    lang: str | None = None,
    store: Store | None = None,
    corridor: str | Path = "americas",
    progress: Callable[[str, float], None] | None = None,
) -> Report:
    """Hold every statement of a text about the corridor against figures and measures.

    Parameters
    ----------
    text
        Plain text or HTML, English or Spanish.
    published
        Day of publication (``YYYY-MM-DD``; a month or year means its last day). "Last year" is
        read from it, records are judged among the months then public, and what was known then
        is told where it differs. Today when absent.
    lang
        ``en`` or ``es`` where the guess per sentence should not be trusted.
    store, corridor
        Figures and corridor; the user's own and ``americas``.
    progress
        Called with a message and the share done.

    Returns
    -------
    Report

    Raises
    ------
    CorredorError
        For an empty or over-long text, or a day that is none.

    Examples
    --------
    >>> import corredor as co
    >>> report = co.check("520,085 people crossed the Darién in 2023.", published="2024-01-05")
    >>> report.verdict
    'supported'
    """
    from corredor.corridor import load_corridor
    from corredor.figures import Store as _Store

    plain = clean(text)
    if lang is not None and lang not in LANGUAGES:
        translator(lang)  # refuses it with the names of those there are
    day = as_day(published, last=True, name="published")
    dated = day is not None
    today = datetime.now(UTC).date()
    when = min(day or today, today)
    held = store or _Store.open()
    try:
        record = Record(held)
        place = load_corridor(corridor)
        found: list[Checked] = []
        context = Context()
        pieces = sentences(plain, lang)
        for n, piece in enumerate(pieces):
            one, context = _sentence(piece, when, record, place, context)
            found.append(one)
            if progress is not None and n % 20 == 0:
                progress("checking", n / max(len(pieces), 1))
    finally:
        if store is None:
            held.close()
    from corredor._version import __version__

    made = (("corredor", __version__),)
    return Report(plain, when, dated, tuple(found), made)


def check_file(path: str | Path, **how: object) -> Report:
    """Check a file; see :func:`check`."""
    return check(read(path), **how)  # type: ignore[arg-type]


def _sentence(
    piece: Sentence, when: date, record: Record, corridor: Corridor, context: Context
) -> tuple[Checked, Context]:
    m = mark(piece, when)
    made = claims(m, context, when)
    findings = [
        judge_order(c, record, when) if c.kind in _ORDERED else judge_number(c, record, when)
        for c in made
    ]
    dates = judge_dates(m, corridor, when)
    parts = [_part(f, record) for f in findings]
    parts += [_dated_part(d, corridor) for d in dates]
    about = _about_the_corridor(m, made, dates)
    after = _next(m, made, context)
    if not about:
        return Checked(piece.text, piece.start, piece.end, piece.lang, None), after
    verdict = _overall(m, findings, dates)
    reason = None
    if verdict == UNCHECKED:
        key = _why_not(m, findings)
        reason = {lang: reason_line(key, translator(lang)) for lang in LANGUAGES}
    return Checked(
        piece.text, piece.start, piece.end, piece.lang, verdict, tuple(parts), reason
    ), after


def _overall(m: Marked, findings: list[Finding], dates: list[DatedFinding]) -> str:
    """The verdict of the worst checkable part; a forecast stays a forecast."""
    numbered = [f for f in findings if f.claim.number is not None]
    if numbered and numbered[0].reason in ("forecast", "caravan", "survey"):
        return UNCHECKED
    if findings and all(f.reason in ("forecast", "caravan") for f in findings):
        return UNCHECKED
    return worst([f.verdict for f in findings] + [d.verdict for d in dates])


def _why_not(m: Marked, findings: list[Finding]) -> str:
    reasons = [f.reason for f in findings if f.reason]
    if reasons:
        return reasons[0]
    names = m.names()
    if "soft.modal" in names:
        return "forecast"
    if "soft.caravan" in names:
        return "caravan"
    if names & {"soft.opinion", "soft.asked", "soft.cause"}:
        return "opinion"
    return "nothing"


def _about_the_corridor(m: Marked, made: list[Claim], dates: list[DatedFinding]) -> bool:
    if dates or any(not c.inherited for c in made):
        return True
    names = m.names()
    return domain(names, "") is not None or bool(
        names & {"soft.caravan", "scope.swb", "place.darien", "who.border_patrol"}
    )


def _next(m: Marked, made: list[Claim], context: Context) -> Context:
    """What the next sentence may leave unsaid."""
    if not made:
        what = domain(m.names(), "")
        return replace(context, what=what, names=m.names()) if what else context
    last = made[-1]
    period = next((c.period for c in reversed(made) if c.period is not None), context.period)
    return Context(last.what, last.names, period, Groups())


# ---------------------------------------------------------------- parts
def _part(f: Finding, record: Record) -> Part:
    words = {lang: lines(f, translator(lang)) for lang in LANGUAGES}
    t = f.used
    n = f.claim.number
    if t is None:
        return Part(f.claim.kind, f.verdict, "low", words, stated=n.value if n else None)
    numeric = f.claim.kind not in _ORDERED and f.claim.kind != "compare"
    unit = {"change": "percent", "share": "percent", "ratio": "times", "compare": "times"}.get(
        f.claim.kind, "count"
    )
    return Part(
        f.claim.kind,
        f.verdict,
        f.confidence,
        words,
        computed=round(t.value, 4),
        stated=n.value if n and numeric else None,
        unit=unit,
        tolerance=round(t.grade.tolerance, 4) if numeric else None,
        reading=reading_text(t, "en", translator("en")),
        then=f.then,
        rests=tuple(_rest(s.series, record.published(s)) for s in t.sources),
        series=_series(f, record),
    )


def _rest(series: str, published: tuple[date, bool] | None) -> Rest:
    entry = catalogue_entry(series)
    return Rest(
        "series",
        series,
        entry.title_en,
        entry.publisher,
        entry.publisher_url,
        published[0] if published else None,
        published[1] if published else False,
        entry.title_es,
    )


def _dated_part(d: DatedFinding, corridor: Corridor) -> Part:
    words = {lang: dated_lines(d, translator(lang)) for lang in LANGUAGES}
    known = {x.id: x for x in (*corridor.measures, *corridor.events)}
    rests = []
    for ident in d.measures:
        one = known[ident]
        where = "; ".join(corridor.sources.get(k.strip(), k.strip()) for k in one.source.split(";"))
        rests.append(Rest("measure", ident, one.description, where, title_es=one.description_es))
    return Part(d.kind, d.verdict, "high", words, rests=tuple(rests))


def _series(f: Finding, record: Record) -> tuple[tuple[str, float, bool], ...]:
    """Return up to 25 months, or years, around the figure for a small chart."""
    t = f.used
    if t is None:
        return ()
    if t.span.kind in ("year", "fy"):
        fiscal = t.span.kind == "fy"
        years = record.years(t.reading.sources, fiscal=fiscal)
        at = t.span.end.year
        chosen = [y for y in sorted(years) if at - 9 <= y <= at + 2]
        return tuple((str(y), years[y], y == at) for y in chosen)
    months = record.months(t.reading.sources)
    first, last = add_months(t.span.start, -12), add_months(t.span.end, 6)
    return tuple(
        (f"{k:%Y-%m}", months[k], t.span.start.replace(day=1) <= k <= t.span.end)
        for k in sorted(months)
        if first <= k <= last
    )[-36:]
