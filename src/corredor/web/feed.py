"""The signals as an Atom feed (RFC 4287), so that a reader is told of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree as xml

from corredor.errors import CorredorError
from corredor.evaluation.backtest import day_of
from corredor.months import after
from corredor.present.sections.signals import signals

if TYPE_CHECKING:
    from corredor.present.context import Context

__all__ = ["KIND", "atom"]

KIND = "application/atom+xml; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"


def atom(ctx: Context) -> bytes:
    """Return the feed of a corridor's signals, newest month first.

    An entry's id is its corridor, month and count, so that a reader sees it once.
    """
    corridor = ctx.inputs.corridor
    made = signals(ctx) or {"rows": [], "then": []}
    feed = xml.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": ctx.lang})
    _add(feed, "id", f"tag:corredor,2026:{corridor.id}")
    _add(feed, "title", ctx.tr("Signals: {corridor}", corridor=ctx.name))
    _add(feed, "updated", _moment(ctx.inputs.as_of))
    _add(xml.SubElement(feed, "author"), "name", "Corredor")
    then = {t["month"]: t["text"] for t in made["then"]}
    for row in made["rows"]:
        month = date.fromisoformat(row["day"])
        entry = xml.SubElement(feed, "entry")
        _add(entry, "id", f"tag:corredor,2026:{corridor.id}/{row['id']}")
        said = row["side"]
        if not row["broad"]:
            said = ctx.tr(
                "{observed} counted, {expected}", observed=row["observed"], expected=row["expected"]
            )
        _add(entry, "title", f"{row['what']}, {row['month']}: {said}")
        _add(entry, "updated", _moment(_published(ctx, month)))
        _add(entry, "summary", then[ctx.month(month)])
    return bytes(xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def _published(ctx: Context, month: date) -> date:
    """When the main count of a month came out; the first of the next month where it did not."""
    try:
        return day_of(ctx.inputs.store, ctx.inputs.corridor, month)
    except CorredorError:
        return after(month, 1)


def _add(parent: xml.Element, name: str, text: str) -> None:
    xml.SubElement(parent, name).text = text


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
