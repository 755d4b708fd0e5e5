"""From a text to a report: sentences, claims, judgements, wording."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from corredor.errors import CorredorError, Problem
from corredor.figures.catalogue import catalogue
from corredor.figures.catalogue import series as catalogue_entry
from corredor.figures.days import as_day
from corredor.i18n import LANGUAGES, translator
from corredor.statements.claim import Claim, Context
from corredor.statements.dated import DatedFinding, judge_dates
from corredor.statements.findings import Finding
from corredor.statements.grading import CONTRADICTED, ROUGHLY, SUPPORTED, UNCHECKED, worst
from corredor.statements.grammar import Parsed, parse
from corredor.statements.judging import judge_number
from corredor.statements.order import judge_order
from corredor.statements.periods import add_months
from corredor.statements.record import Record
from corredor.statements.results import Checked, Part, Report, Rest
from corredor.statements.subjects import domain
from corredor.statements.text import Sentence, clean, read, sentences
from corredor.statements.together import settle_together, told
from corredor.statements.units import Row, row
from corredor.statements.wording import dated_lines, lines, quote_line, reading_text, reason_line

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures import Store

__all__ = ["check", "check_file"]

_ORDERED = frozenset({"record", "rank", "run", "first"})


def check(
    text: str,
    store: Store | None = None,
    *,
    published: date | str | None = None,
    lang: str | None = None,
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
        For an empty or over-long text, a day that is none, or a corridor of which no series
        is read.

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
        _require_figures(place)
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


def _require_figures(corridor: Corridor) -> None:
    """Refuse a corridor that the record tells nothing of: its figures are of another."""
    links = () if corridor.observing is None else corridor.observing.links
    if not any(link.series in catalogue() for link in links):
        raise CorredorError(
            Problem(
                f"no figure that statements are held against is of the corridor '{corridor.id}'",
                "leave --corridor out to hold a text against the figures of the Americas",
            )
        )


def check_file(path: str | Path, **how: object) -> Report:
    """Check a file; see :func:`check`."""
    return check(read(path), **how)  # type: ignore[arg-type]


def _sentence(
    piece: Sentence, when: date, record: Record, corridor: Corridor, context: Context
) -> tuple[Checked, Context]:
    read = row(piece, when)
    parsed = parse(read, context)
    findings = settle_together(
        _again([_judge(c, record, when) for c in parsed.claims], record, when)
    )
    dates = judge_dates(read, corridor, when)
    after = _next(read, parsed, context)
    if not _about_the_corridor(read, parsed, dates):
        marks = _marks(read, parsed)
        said = read.names() & {"soft.opinion", "soft.asked"}
        manner = _manner(piece.text, UNCHECKED, "opinion" if said else "")
        return Checked(
            piece.text, piece.start, piece.end, piece.lang, None, manner=manner, marks=marks
        ), after
    parts = [_part(f, record) for f in findings if f.claim.what or not dates]
    parts += [_dated_part(d, corridor) for d in dates if d.verdict != UNCHECKED]
    verdict = _overall(read, parsed, findings, dates)
    reason = None
    if verdict == UNCHECKED:
        key = _why_not(read, findings)
        reason = {lang: _reason(read, parsed, key, lang) for lang in LANGUAGES}
    return Checked(
        piece.text,
        piece.start,
        piece.end,
        piece.lang,
        verdict,
        tuple(parts),
        reason,
        _manner(piece.text, verdict, _why_not(read, findings)),
        _marks(read, parsed),
    ), after


def _judge(claim: Claim, record: Record, when: date) -> Finding:
    judge = judge_order if claim.kind in _ORDERED else judge_number
    return judge(claim, record, when)


def _again(found: list[Finding], record: Record, when: date) -> list[Finding]:
    """Judge what was left open as of the subject that the numbers beside it have told."""
    only = told(found)
    out = []
    for f in found:
        open_ = f.verdict == CONTRADICTED or (f.verdict == UNCHECKED and f.reason == "several")
        if only and open_ and f.claim.kind != "level":
            other = _judge(replace(f.claim, only=only), record, when)
            f = other if other.verdict in (SUPPORTED, ROUGHLY) else f
        out.append(f)
    return out


def _manner(text: str, verdict: str, reason: str) -> str:
    """Say how a sentence is said: told apart for the reader, not judged."""
    inside = sum(len(q) for q in re.findall(r"[“\"«]([^”\"»]+)[”\"»]?", text))
    if inside > 0.5 * len(text):
        return "quote"
    if verdict == UNCHECKED and reason == "opinion":
        return "opinion"
    ends = text.rstrip("”\"»')")[-1:]
    if ends.isalnum() and len(text.split()) <= 18:
        return "headline"
    return "claim"


def _marks(read: Row, parsed: Parsed) -> tuple[tuple[int, int, str], ...]:
    """Return where numbers stand, read or not, and words that were left over."""
    unread = {(n.i, n.j) for n in parsed.unread}
    blocked = {c.number.i for c in parsed.claims if c.blocked and c.number is not None}
    left = {u.i for u in parsed.left if u.number is None}
    out = []
    for u in read.units:
        where = (read.words[u.i].start, read.words[u.j - 1].end)
        if u.number is not None and u.number.unit not in ("label", "ordinal", "span"):
            open_ = (u.number.i, u.number.j) in unread or u.number.i in blocked
            out.append((*where, "unread" if open_ else "read"))
        elif u.i in left:
            out.append((*where, "word"))
    return tuple(out)


def _reason(read: Row, parsed: Parsed, key: str, lang: str) -> str:
    tr = translator(lang)
    line = reason_line(key, tr)
    if key == "unread" and parsed.left:
        words = ", ".join(f"“{read.text(u)}”" for u in parsed.left[:5])
        line = tr(
            "Not read: {words}. No verdict is given on a clause with words that were not read.",
            words=words,
        )
    return line


def _overall(read: Row, parsed: Parsed, findings: list[Finding], dates: list[DatedFinding]) -> str:
    """The verdict of the worst checkable part; an unread clause takes no verdict from another.

    A claim of a number that was not read leaves the sentence open, unless another part is wrong.
    """
    numbered = [f for f in findings if f.claim.number is not None and f.claim.kind != "compare"]
    if numbered and numbered[0].reason in ("forecast", "caravan", "survey"):
        return UNCHECKED
    unheld = any(d.verdict == UNCHECKED for d in dates)
    if dates and all(f.reason == "nothing" for f in findings):
        found = worst([d.verdict for d in dates])
        return UNCHECKED if unheld and found in (SUPPORTED, ROUGHLY) else found
    open_ = [f for f in findings if f.verdict == UNCHECKED and not _minor(f)]
    if any(f.claim.number is not None and f.claim.kind != "compare" for f in open_):
        dates = [d for d in dates if d.verdict != CONTRADICTED]  # it may be the day of the number
    verdicts = [f.verdict for f in findings] + [d.verdict for d in dates]
    found = worst(verdicts)
    if found in (SUPPORTED, ROUGHLY) and (open_ or parsed.unread or unheld):
        return UNCHECKED
    return found


def _minor(f: Finding) -> bool:
    """Say whether an unchecked part does not take back what the rest of the sentence says: one
    of these kinds, or of a time before any of the figures ("the 202,000 of 1970")."""
    p = f.claim.period
    return f.reason in _MINOR or (
        f.reason == "no_figures" and p is not None and p.end is not None and p.end.year < 1999
    )


_MINOR = frozenset(("forecast", "opinion", "vague"))


def _why_not(read: Row, findings: list[Finding]) -> str:
    reasons = [f.reason for f in findings if f.reason]
    if reasons:
        return reasons[0]
    names = read.names()
    if "soft.modal" in names:
        return "forecast"
    if "soft.caravan" in names:
        return "caravan"
    if names & {"soft.opinion", "soft.colour", "soft.asked", "soft.cause"}:
        return "opinion"
    return "nothing"


def _about_the_corridor(read: Row, parsed: Parsed, dates: list[DatedFinding]) -> bool:
    if dates or any(c.what and not c.inherited for c in parsed.claims):
        return True
    names = read.names()
    return domain(names, "") is not None or bool(
        names & {"soft.caravan", "scope.swb", "place.darien", "who.border_patrol"}
    )


def _next(read: Row, parsed: Parsed, context: Context) -> Context:
    """What a sentence that points back may take from this one."""
    named = [c for c in parsed.claims if c.what]
    if not named:
        what = domain(read.names(), "")
        return Context(what, read.names()) if what else Context()
    period = next((c.period for c in reversed(named) if c.period is not None), None)
    return Context(named[-1].what, named[-1].names, period)


# ---------------------------------------------------------------- parts
def _part(f: Finding, record: Record) -> Part:
    words = {lang: lines(f, translator(lang)) for lang in LANGUAGES}
    t = f.used
    n = f.claim.number
    quote = _quote(f, record)
    if t is None:
        return Part(
            f.claim.kind,
            f.verdict,
            "low",
            words,
            stated=n.value if n else None,
            rests=tuple(_rest(s.series, record.published(s)) for s in f.near.sources)
            if f.near
            else (),
            series=_series(f, record),
            quote=quote,
        )
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
        quote=quote,
    )


def _quote(f: Finding, record: Record) -> dict[str, str] | None:
    """Return the figure in a sentence that may be quoted, in both languages."""
    t = f.used or f.near
    if t is None or not t.sources or f.claim.kind not in ("level", "change", "ratio", "compare"):
        return None
    value = t.facts.get("now", t.facts.get("total"))
    if value is None:
        return None
    series = t.sources[0].series
    edition = record.published(t.sources[0])
    return {
        lang: quote_line(
            t,
            value,
            catalogue_entry(series).publisher,
            edition[0] if edition else None,
            translator(lang),
        )
        for lang in LANGUAGES
    }


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
    t = f.used or f.near
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
