"""What if: the form, made from the measures of the corridor and the levers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from corredor.corridor.model import text_of
from corredor.ports.demand import last_day
from corredor.present.labels import MEASURE_KINDS, MODES
from corredor.present.sections.measures import dates_of, searched_to
from corredor.web.levers import LEVERS, places_of
from corredor.web.views.view import View
from corredor.web.what_if import default_start, usual_days

if TYPE_CHECKING:
    from corredor.present.context import Context
    from corredor.web.world import World

__all__ = ["crossing_name", "period", "what_if"]

_DAYS = (31, 62, 92)


def what_if(world: World, lang: str) -> View:
    """Make the form."""
    ctx = world.context(lang)
    if not world.fits:
        return View("what-if", ctx, {})
    content = {
        **period(ctx, world),
        "measures": [_measure(ctx, m) for m in _switchable(world)],
        "searched": searched_to(ctx),
        "levers": [_lever(ctx, lever) for lever in LEVERS],
    }
    return View("what-if", ctx, content)


def period(ctx: Context, world: World) -> dict[str, Any]:
    """Days and lengths that a form offers."""
    last = world.last_figure()
    first = default_start(last)
    whole = usual_days(last)
    lengths = (*_DAYS, whole)
    return {
        "start": first.isoformat(),
        "earliest": date(last.year - 5, 1, 1).isoformat(),
        "latest": (first + timedelta(days=150)).isoformat(),
        "lengths": [{"days": d, "name": ctx.tr.plural("{n} day", "{n} days", d)} for d in lengths],
        "usual": whole,
    }


def _switchable(world: World) -> list[Any]:
    """Measures that have a start, known on the server's day, newest first."""
    known = [
        m for m in world.corridor.measures if m.start and (m.announced or m.start) <= world.as_of
    ]
    return sorted(known, key=lambda m: m.start, reverse=True)


def _last(m: Any) -> date | None:
    """Last day that a run takes, or a source has it in force; None: it goes on."""
    days = [d for d in (last_day(m), m.seen) if d is not None]
    return None if m.open_ended else max(days, default=None)


def _measure(ctx: Context, m: Any) -> dict[str, Any]:
    # on the day of a page of the past, an end that came after it was not known
    last = _last(m)
    if last is not None and ctx.inputs.as_of < min(last, date.today()):
        last = None
    return {
        "id": m.id,
        "kind": ctx.tr(MEASURE_KINDS[m.kind]),
        "text": text_of(m, "description", ctx.lang),
        "dates": dates_of(ctx, m),
        "authority": ctx.authority(m.authority),
        "start": m.start.isoformat(),
        "end": last.isoformat() if last else "",
        "number": _number(m),
    }


#: Sliders of measures that are published and that a reader does not add.
_OTHERS = {
    "capacity": ("per_day", 0.0, 500.0, 10.0, 100.0),
    "visa": ("strength", 0.0, 1.0, 0.05, 0.5),
}


def _number(m: Any) -> dict[str, Any]:
    """The number a published measure may be given, and the one it has where that is known."""
    lever = next((v for v in LEVERS if v.kind == m.kind), None)
    if lever is not None:
        made = _slider(lever.field, lever.low, lever.high, lever.step, lever.usual)
    else:
        made = _slider(*_OTHERS[m.kind])
    known = m.strength if made["field"] == "strength" else m.parameters.get(made["field"])
    if not isinstance(known, (int, float)):
        return made
    return {**made, "usual": known, "given": _shown(known, share=made["share"])}


def _slider(field: str, low: float, high: float, step: float, usual: float) -> dict[str, Any]:
    """A number as a slider, and the limits of the field beside it (per cent for shares)."""
    share = field in ("strength", "more")
    most = {"strength": 100, "more": 1000, "per_day": 100_000, "officers": 5000}.get(field, 0)
    return {
        "field": field,
        "low": low,
        "high": high,
        "step": step,
        "usual": usual,
        "share": share,
        "least": -99 if field == "more" else 0,
        "most": most,
        "given": "",
    }


def _shown(value: float, *, share: bool) -> str:
    return f"{100 * value if share else value:g}"


def _lever(ctx: Context, lever: Any) -> dict[str, Any]:
    places = places_of(ctx.inputs.corridor, lever.where) if lever.where else []
    return {
        "kind": lever.kind,
        "label": ctx.tr(lever.label),
        "help": ctx.tr(lever.help),
        **(number := _slider(lever.field, lever.low, lever.high, lever.step, lever.usual)),
        "given": _shown(lever.usual, share=number["share"]),
        "places": [
            {"id": ident, "name": name if lever.where == "port" else crossing_name(ctx, ident)}
            for ident, name in places
        ],
    }


def crossing_name(ctx: Context, ident: str) -> str:
    """Name of a crossing: its port, what passes, and its own name where it has one."""
    corridor = ctx.inputs.corridor
    for route in corridor.routes:
        if route.id == ident.split(":")[0]:
            ports = {p.id: p for p in corridor.places if p.port_code}
            port = ports.get(route.end) or ports.get(route.start)
            modes = {
                "truck": ctx.tr(MODES["Truck"]),
                "rail": ctx.tr(MODES["Rail"]),
                "car": ctx.tr("Cars"),
                "pedestrian": ctx.tr("Pedestrians"),
            }
            place = ctx.place(port.id) if port else ident
            usual = (
                f"{port.id}-{'trucks' if route.mode == 'truck' else route.mode + 's'}"
                if port
                else ""
            )
            own = ident in (usual, f"{port.id}-rail" if port else "")
            return f"{place}: {modes[route.mode]}" + ("" if own else f" ({ident})")
    return ident
