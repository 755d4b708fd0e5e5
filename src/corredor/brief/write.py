"""Write the brief: one self-contained file for each language, atomically."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corredor.brief.page import render
from corredor.errors import CorredorError, Problem
from corredor.files import write_atomically
from corredor.i18n import translator
from corredor.inference.lawful import has_law
from corredor.present.context import Context
from corredor.present.inputs import BriefInputs
from corredor.present.ledger import Ledger
from corredor.present.sections.counts import counts_only, notes
from corredor.present.sections.deaths import deaths
from corredor.present.sections.fitted import fitted
from corredor.present.sections.forecast import forecast
from corredor.present.sections.headline import headline, key_numbers
from corredor.present.sections.latest import latest
from corredor.present.sections.measures import measures
from corredor.present.sections.people import people
from corredor.present.sections.signals import signals
from corredor.present.sections.sources import sources
from corredor.present.sections.surprises import surprises
from corredor.present.sections.trade import trade

__all__ = ["FILES", "write_brief"]

#: File of each language.
FILES = {"en": "index.html", "es": "index.es.html"}


def write_brief(
    inputs: BriefInputs, out_dir: Path, langs: Sequence[str] = ("en", "es")
) -> list[Path]:
    """Write the brief into ``out_dir``.

    Parameters
    ----------
    inputs
        What to show.
    out_dir
        Folder, made when missing.
    langs
        ``en`` (``index.html``) and ``es`` (``index.es.html``); where both are written, each
        page links to the other.

    Returns
    -------
    list of Path
        The files, in the order of ``langs``.

    Raises
    ------
    CorredorError
        For an unknown language, or when the folder cannot be written.
    """
    wanted = list(dict.fromkeys(langs))
    pages = [(FILES[t.lang], _page(inputs, t.lang, wanted)) for t in map(translator, wanted)]
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        return [write_atomically(out_dir / name, text) for name, text in pages]
    except OSError as error:
        raise CorredorError(
            Problem(
                f"the brief cannot be written ({error.strerror})",
                "choose a folder you may write to",
                str(out_dir),
            )
        ) from None


#: Parts of a brief of a corridor with a law, in their order.
PARTS = (
    *("headline", "latest", "people", "fitted", "forecast", "surprises", "measures", "trade"),
    *("deaths", "sources", "limits"),
)


def _page(inputs: BriefInputs, lang: str, langs: Sequence[str]) -> str:
    ctx = Context(inputs, Ledger(inputs.store, inputs.as_of), translator(lang))
    others = [(other, FILES[other]) for other in langs if other != lang]
    if inputs.fit_table is None and not has_law(inputs.corridor):
        return render(ctx, counts_only(ctx), others)
    content = {
        "headline": headline(ctx),
        "numbers": key_numbers(ctx),
        "latest": latest(ctx),
        "people": people(ctx),
        "fitted": fitted(ctx),
        "forecast": forecast(ctx),
        "signals": signals(ctx),
        "surprises": surprises(ctx),
        "measures": measures(ctx),
        "trade": trade(ctx) if "ports" in ctx.shown.pages else None,
        "deaths": deaths(ctx),
        "notes": notes(ctx),
        "counts_only": False,
    }
    asked = {  # what a corridor need not have; without figures on the day, its part says so
        "latest": bool(ctx.shown.latest),
        "measures": bool(inputs.corridor.measures or inputs.corridor.events),
        "trade": "ports" in ctx.shown.pages,
        "deaths": ctx.shown.deaths is not None,
    }
    content["parts"] = tuple(p for p in PARTS if asked.get(p, True))
    content["sources"] = sources(ctx)  # last: it lists what the others used
    return render(ctx, content, others)
