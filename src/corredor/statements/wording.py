"""Findings in words, in English and Spanish."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from corredor.i18n import (
    Translator,
    country_name,
    fmt_date,
    fmt_int,
    fmt_list,
    fmt_month,
    fmt_number,
)
from corredor.statements.dated import DatedFinding
from corredor.statements.findings import Finding
from corredor.statements.grading import CONTRADICTED, MISLEADING
from corredor.statements.spans import Span
from corredor.statements.subjects import Reading, subject_label
from corredor.statements.tries import Try

__all__ = ["dated_lines", "lines", "quote_line", "reading_text", "reason_line", "verdict_name"]


def verdict_name(verdict: str, tr: Translator) -> str:
    """Return a verdict in the reader's language."""
    return {
        "supported": tr("supported"),
        "roughly supported": tr("roughly supported"),
        "contradicted": tr("contradicted"),
        "misleading": tr("misleading"),
        "not checkable": tr("not checkable"),
    }[verdict]


def reason_line(reason: str, tr: Translator) -> str:
    """Say why something cannot be checked, or what a right number is wrongly said of."""
    return {
        "forecast": tr("It speaks of the future: not true or false when it was said."),
        "opinion": tr("An opinion, a wish or a demand: figures do not decide it."),
        "caravan": tr("Nobody publishes counts of caravans."),
        "daily": tr("These figures are by month; counts of a day or a week are not among them."),
        "partial": tr("It speaks of part of a month; these figures are for whole months."),
        "no_period": tr("It names no time that a figure could be looked up for."),
        "no_figures": tr("No figures are held for what it counts at that time."),
        "stock": tr("It speaks of people held or waiting on a day; these figures are flows."),
        "share_of_what": tr("It does not say of what this is a part."),
        "survey": tr("It comes from a survey; these figures are administrative counts."),
        "elsewhere": tr("It speaks of another border than those of this corridor."),
        "vague": tr("It gives no number."),
        "nothing": tr("It says nothing that these figures or measures could decide."),
        "flow_as_stock": tr("The number is a flow over months, told as people held at one time."),
        "events_as_people": tr(
            "The number counts encounters, which are events: a person may be met several times."
        ),
        "encounters_as_entries": tr(
            "The number counts encounters, told as entries; many ended in expulsion or return."
        ),
        "fiscal_as_calendar": tr(
            "The number is right for the fiscal year, which begins in October."
        ),
        "calendar_as_fiscal": tr("The number is right for the calendar year, not the fiscal year."),
        "month_as_days": tr("The number is that of a whole month, told as some days or weeks."),
        "unread": tr("Some of its words were not read, so no verdict is given on it."),
        "several": tr(
            "Its words can be read in several ways, and the figures do not settle which."
        ),
        "far": tr(
            "The figure is so far from the number that it is more likely misread than false."
        ),
        "other_count": tr("It speaks of another count than these figures hold."),
        "future": tr("It names a time after the day of publication."),
        "nowhere": tr("It speaks of a place or an authority that these figures do not single out."),
        "first_release": tr("It agrees with the figures first released; later ones differ."),
        "other_thing": tr("The number is right for another count than the one named."),
    }.get(reason, reason)


def part_name(code: str, tr: Translator) -> str:
    """Return the name of a household, sex or mode."""
    return {
        "single_adults": tr("single adults"),
        "family_unit": tr("family members"),
        "unaccompanied_children": tr("unaccompanied children"),
        "boys": tr("boys"),
        "girls": tr("girls"),
        "men": tr("men"),
        "women": tr("women"),
        "female": tr("women"),
        "male": tr("men"),
        "truck": tr("truck"),
        "rail": tr("rail"),
        "vessel": tr("vessel"),
        "pipeline": tr("pipeline"),
        "air": tr("air"),
        "12-17": tr("aged 12 to 17"),
        "under 12, accompanied": tr("under 12, accompanied"),
        "under 12, unaccompanied": tr("under 12, unaccompanied"),
    }.get(code, code.replace("_", " "))


def group_text(r: Reading, lang: str, tr: Translator) -> str:
    """Return the group of a reading in words; empty when it has none."""
    from corredor.statements.lexicon import load_yaml

    parts = []
    for dim, values in r.groups.by:
        if dim in ("nation", "country"):
            parts += [fmt_list([country_name(v, lang) for v in values], lang)]
        elif dim == "port":
            places = load_yaml("places.yaml")
            parts += [places[f"port.{v}"][lang].split(" | ")[0].title() for v in values]
        elif dim in ("household", "category", "mode"):
            parts += [part_name(v, tr) for v in values]
        else:
            parts += list(values)
    return ", ".join(parts)


def span_text(s: Span, lang: str, tr: Translator) -> str:
    """Return a time in words."""
    if s.kind == "day":
        return fmt_date(s.start, lang)
    if s.kind == "month":
        return fmt_month(s.start, lang)
    if s.kind == "fy":
        year = s.start.year if s.start == s.end else s.end.year
        return tr("fiscal year {year}", year=year)
    if s.kind == "year" or ((s.start.month, s.end.month) == (1, 12) and s.start.year == s.end.year):
        return str(s.start.year)
    return tr(
        "{first} to {last}",
        first=fmt_month(s.start, lang, short=True),
        last=fmt_month(s.end, lang, short=True),
    )


def reading_text(t: Try, lang: str, tr: Translator) -> str:
    """Return what was read: subject, group, time."""
    group = group_text(t.reading, lang, tr)
    what = subject_label(t.reading.subject, lang) + (f" ({group})" if group else "")
    return tr("{what}, {time}", what=what, time=span_text(t.span, lang, tr))


def quote_line(t: Try, value: float, publisher: str, edition: date | None, tr: Translator) -> str:
    """Return a figure with its subject, time, publisher and edition in one sentence."""
    reading = reading_text(t, tr.lang, tr)
    reading = reading[:1].upper() + reading[1:]
    if edition is None:
        return tr(
            "{reading}: {value} ({publisher}).",
            reading=reading,
            value=_n(value, tr.lang),
            publisher=publisher,
        )
    return tr(
        "{reading}: {value} ({publisher}, as published to {day}).",
        reading=reading,
        value=_n(value, tr.lang),
        publisher=publisher,
        day=fmt_date(edition, tr.lang),
    )


@lru_cache(maxsize=4096)
def _n(value: float, lang: str) -> str:
    whole = abs(value - round(value)) < 1e-9 or abs(value) >= 1000
    return fmt_int(value, lang) if whole else fmt_number(value, lang, 1 if abs(value) >= 10 else 2)


def _stated(f: Finding, lang: str, tr: Translator) -> str:
    n = f.claim.number
    if n is None or f.claim.kind == "compare":
        return ""
    if f.claim.hedge == "majority":
        return tr("the majority")
    text = fmt_number(n.value, lang, 0 if n.step >= 1 else 1)
    if n.high is not None:
        text += "–" + fmt_number(n.high, lang, 0 if n.step >= 1 else 1)
    if n.unit in ("percent", "fraction", "points"):
        text += "\u202f%" if lang == "es" else "%"
    return {
        "over": tr("more than {n}", n=text),
        "under": tr("less than {n}", n=text),
        "nearly": tr("nearly {n}", n=text),
        "about": tr("about {n}", n=text),
        "up_to": tr("up to {n}", n=text),
    }.get(f.claim.hedge, text)


def arithmetic(f: Finding, t: Try, lang: str, tr: Translator) -> str:
    """Return the sum behind a verdict."""
    k = t.facts
    pc = "\u202f%" if lang == "es" else "%"
    kind = f.claim.kind
    if kind == "level":
        if "days" in k:
            return tr(
                "{total} over {days} days: {value} a day.",
                total=_n(k["total"], lang),
                days=k["days"],
                value=_n(t.value, lang),
            )
        if "parts" in k:
            return tr(
                "{total} over {parts} periods: {value} each.",
                total=_n(k["total"], lang),
                parts=fmt_number(k["parts"], lang, 1),
                value=_n(t.value, lang),
            )
        return tr("The figures give {value}.", value=_n(t.value, lang))
    if kind in ("change", "difference", "ratio", "compare"):
        base = span_text(k["base"], lang, tr)
        now, was = _n(k["now"], lang), _n(k["was"], lang)
        if kind == "change":
            sign = "+" if t.value >= 0 else ""
            return tr(
                "{now} against {was} ({base}): {sign}{value}{pc}.",
                now=now,
                was=was,
                base=base,
                sign=sign,
                value=fmt_number(t.value, lang, 1),
                pc=pc,
            )
        if kind == "difference":
            return tr(
                "{now} less {was} ({base}): {value}.",
                now=now,
                was=was,
                base=base,
                value=_n(t.value, lang),
            )
        return tr(
            "{now} against {was} ({base}): a ratio of {value}.",
            now=now,
            was=was,
            base=base,
            value=fmt_number(t.value, lang, 2),
        )
    if kind == "share":
        return tr(
            "{part} of {whole}: {value}{pc}.",
            part=_n(k["part"], lang),
            whole=_n(k["whole"], lang),
            value=fmt_number(t.value, lang, 1),
            pc=pc,
        )
    return _order(f, t, lang, tr)


def _at(day: date, line: str, lang: str, tr: Translator) -> str:
    if line in ("year", "fy"):
        return tr("fiscal year {year}", year=day.year) if line == "fy" else str(day.year)
    return fmt_month(day, lang)


def _order(f: Finding, t: Try, lang: str, tr: Translator) -> str:
    k: dict[str, Any] = t.facts
    if f.claim.kind == "run":
        text = tr(
            "{n} months in a row hold, to {month}.", n=k["length"], month=fmt_month(k["at"], lang)
        )
        if k["broken"]:
            text += " " + tr(
                "The run is broken by {month} with {value}.",
                month=fmt_month(k["broken"][0], lang),
                value=_n(k["broken"][1], lang),
            )
        return text
    if f.claim.kind == "first":
        text = tr(
            "{time}: {value}.", time=_at(k["at"], k["line"], lang, tr), value=_n(k["cur"], lang)
        )
        if k["earlier"]:
            day, value = k["earlier"][-1]
            text += " " + tr(
                "Passed before in {time}: {value}.",
                time=_at(day, k["line"], lang, tr),
                value=_n(value, lang),
            )
        return text
    if "dim" in k:
        names = [
            f"{country_name(c, lang) if k['dim'] == 'nation' else c} {_n(v, lang)}"
            for c, v in k["ranked"]
        ]
        return tr("Place {place}. In order: {names}.", place=k["place"], names="; ".join(names))
    text = tr(
        "{time}: {value}, place {place}.",
        time=_at(k["at"], k["line"], lang, tr),
        value=_n(k["cur"], lang),
        place=k["place"],
    )
    shown = k["above"][0] if k["above"] else (k["best_at"], k["best"])
    text += " " + tr(
        "Beside it: {time} with {value}.",
        time=_at(shown[0], k["line"], lang, tr),
        value=_n(shown[1], lang),
    )
    if k.get("limit"):
        text += " " + tr("At the limit named: {value}.", value=_n(k["limit_value"], lang))
    return text + " " + tr("Compared from {time} on.", time=_at(k["first"], k["line"], lang, tr))


def lines(f: Finding, tr: Translator) -> tuple[str, ...]:
    """Return a finding in sentences: what was said, the arithmetic, the reading, the rest."""
    lang = tr.lang
    t = f.used
    if t is None:
        near = f.near
        if near is None or "now" in near.facts or "total" not in near.facts:
            return (reason_line(f.reason, tr),)
        value = _n(near.value, lang)
        nearest = tr(
            "Nearest figure: {reading}: {value}.", reading=reading_text(near, lang, tr), value=value
        )
        return (reason_line(f.reason, tr), nearest)
    out = []
    if f.reason == "first_release":
        out.append(reason_line(f.reason, tr))
    stated = _stated(f, lang, tr)
    if f.verdict == MISLEADING:
        out.append(reason_line(f.reason, tr))
    if stated:
        out.append(tr("Said: {stated}. {sum}", stated=stated, sum=arithmetic(f, t, lang, tr)))
    else:
        out.append(arithmetic(f, t, lang, tr))
    out.append(tr("Read as: {reading}.", reading=reading_text(t, lang, tr)))
    for o in f.others:
        if o.grade.verdict == CONTRADICTED:
            out.append(
                tr(
                    "Read as {reading}, it would be contradicted: {sum}",
                    reading=reading_text(o, lang, tr),
                    sum=arithmetic(f, o, lang, tr),
                )
            )
        else:
            out.append(
                tr(
                    "As worded ({reading}): {sum}",
                    reading=reading_text(o, lang, tr),
                    sum=arithmetic(f, o, lang, tr),
                )
            )
    if f.then is not None:
        out.append(tr("With the figures known on the day: {value}.", value=_n(f.then, lang)))
    elif f.facts.get("unknown_then"):
        out.append(tr("Not all of these figures were out on the day."))
    if f.claim.what in ("border", "mexico.events") and f.verdict != MISLEADING:
        out.append(tr("Encounters and events are counted, not people."))
    return tuple(out)


def dated_lines(d: DatedFinding, tr: Translator) -> tuple[str, ...]:
    """Return a finding about days in sentences."""
    lang = tr.lang
    k = d.facts
    if d.kind == "weekday":
        return (
            tr(
                "{day} was a {weekday}.",
                day=fmt_date(k["day"], lang, "long"),
                weekday=weekday_name(k["day"].weekday(), lang),
            ),
        )
    if d.kind in ("duration", "order"):
        return (
            tr(
                "By the days on record: {days} days; said: {said}.",
                days=k["days"],
                said=fmt_number(k["said"], lang, 0),
            ),
        )
    return (
        tr(
            "On record: {day}, a {weekday}.",
            day=fmt_date(k["day"], lang, "long"),
            weekday=weekday_name(k["day"].weekday(), lang),
        ),
    )


def weekday_name(n: int, lang: str) -> str:
    """Return the name of a weekday, Monday 0."""
    from babel import Locale

    return str(Locale.parse(lang).days["format"]["wide"][n])
