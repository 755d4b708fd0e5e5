"""The verb selfcheck: ask brief, page, command and Python the same questions, and compare."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corredor.cli.progress import Progress
from corredor.corridor.observing import label_of
from corredor.questions.outcomes import MAIN

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.inference.forecast import Forecast
    from corredor.present.context import Context
    from corredor.questions.study import Study
    from corredor.web.world import World

__all__ = ["FACES", "Answers", "ask_all", "selfcheck"]

_MONTHS = ("", "first", "second", "third", "fourth", "fifth", "sixth")
_MEMBERS = 32  # of the law along the forecast; counts come from all histories whatever it is


#: Every face that a question of the coming months is asked of.
FACES = ("Python", "command", "page", "brief")


@dataclass
class Answers:
    """A question and what each face answers, in words that a reader would see."""

    question: str
    by: dict[str, str] = field(default_factory=dict)

    @property
    def agree(self) -> bool:
        """Whether two faces or more answer, and all the same."""
        return len(self.by) > 1 and len(set(self.by.values())) == 1 and "" not in self.by.values()


class _Sheet:
    """Collects answers by question.

    ``ahead`` are the main count and what it is made of, ``upstream`` the other checkpoints.
    """

    def __init__(self, corridor: Corridor) -> None:
        o = corridor.observed()
        self.rows: dict[str, Answers] = {}
        self.ahead = tuple(dict.fromkeys((*o.members(o.main), o.main)))
        self.upstream = tuple(p for p in o.points if p not in self.ahead)
        self.outcomes = {p: f"people-{p}" for p in self.ahead if p in o.points}
        self.outcomes.setdefault(o.main, MAIN)

    def put(self, face: str, question: str, answer: str) -> None:
        self.rows.setdefault(question, Answers(question)).by[face] = answer


@contextmanager
def _once() -> Iterator[None]:
    """Make a forecast or a comparison once for the same question; each face asks for itself."""
    from corredor.questions import compare as module
    from corredor.questions.study import Study

    kept: dict[Any, Any] = {}
    forecast, compare = Study.forecast, module.compare

    def forecast_once(self: Study, horizon: int = 6, **asked: Any) -> Any:
        asked.pop("members", None)
        key = (
            "forecast",
            self.corridor.fingerprint,
            self.as_of,
            horizon,
            repr(sorted(asked.items())),
        )
        if key not in kept:
            kept[key] = forecast(self, horizon, members=_MEMBERS, **asked)
        return kept[key]

    def compare_once(*studies: Study, progress: Any = None, **asked: Any) -> Any:
        parts = [(s.corridor.fingerprint, s.as_of) for s in studies]
        asked["start"] = str(asked["start"])
        key = ("compare", *parts, repr(sorted(asked.items())))
        if key not in kept:
            names = tuple(f"s{i}" for i in range(len(studies)))
            kept[key] = compare(*studies, names=names, **asked)
        return kept[key]

    Study.forecast = forecast_once  # type: ignore[method-assign]
    module.compare = compare_once
    try:
        yield
    finally:
        Study.forecast = forecast  # type: ignore[method-assign]
        module.compare = compare


def ask_all(study: Study, tell: Callable[[str, float], None]) -> list[Answers]:
    """Ask every question of every face.

    The forecast and one comparison are computed once, with few histories of the law; every face
    reads and writes its answer by its own code.
    """
    from corredor.web.settings import Settings

    sheet = _Sheet(study.corridor)
    with _once(), tempfile.TemporaryDirectory(prefix="corredor-") as folder:
        tell("forecasting", 0.0)
        settings = Settings(as_of=study.as_of, folder=Path(folder), members=_MEMBERS)
        ctx, start = _shown(study, sheet)
        tell("asking the page", 0.5)
        _page(settings, study, sheet)
        tell("asking the command", 0.6)
        _command(ctx, sheet, _as_of(study))
        tell("comparing", 0.7)
        _what_ifs(ctx, study, settings, start, Path(folder), sheet)
        tell("looking up figures", 0.95)
        _figures(ctx, study, start, sheet)
    return list(sheet.rows.values())


def _as_of(study: Study) -> list[str]:
    return ["--as-of", study.as_of.isoformat()] if study.as_of else []


def _shown(study: Study, sheet: _Sheet) -> tuple[Context, date]:
    """Python and the brief."""
    from corredor.i18n import translator
    from corredor.present.context import Context
    from corredor.present.ledger import Ledger
    from corredor.present.results import kept_inputs

    inputs = kept_inputs(study, members=_MEMBERS)
    ctx = Context(inputs, Ledger(inputs.store, inputs.as_of), translator("en"))
    now, made = study.forecast(6, seed=1)
    assert now is not None  # the corridor that ships has a law
    _python(ctx, study, made, sheet)
    everybody = now.table().filter((_col("nationality") == "ALL") & (_col("place") != "en_route"))
    sheet.put(
        "Python", "places with people now", str(everybody.filter(_col("median") >= 10).height)
    )
    _sections(ctx, "brief", sheet)
    return ctx, made.months[0]


def _python(ctx: Context, study: Study, made: Forecast, sheet: _Sheet) -> None:
    """What the objects say of the coming months, and of what has no forecast."""
    from corredor.inference.last_count import last_count

    table = made.table().to_dicts()
    sums = {r["checkpoint"]: r for r in made.sums().iter_rows(named=True)}
    _numbers(ctx, "Python", sheet, table, sums)
    for point in sheet.upstream:
        given = any(r["checkpoint"] == point for r in table)
        sheet.put("Python", f"forecast of {point}", "yes" if given else "none")
        last = last_count(study.store, study.corridor, point, study.as_of).month
        sheet.put("Python", f"last month counted of {point}", f"{last:%Y-%m}" if last else "")


def _col(name: str) -> Any:
    import polars as pl

    return pl.col(name)


def _numbers(
    ctx: Context, face: str, sheet: _Sheet, table: list[dict[str, Any]], sums: Mapping[str, Any]
) -> None:
    """Answers on the coming months from numbers, as they would be written."""
    for point in sheet.ahead:
        mine = [r for r in table if r["checkpoint"] == point and r["nationality"] == "ALL"]
        for i, r in enumerate(mine, 1):
            name = f"{_MONTHS[i]} month of {point}"
            sheet.put(face, f"{name}, median", ctx.about(r["q50"]))
            sheet.put(face, f"{name}, 80 %", ctx.span(r["q10"], r["q90"]))
        if point in sums:
            sheet.put(face, f"all months of {point}", ctx.about(sums[point]["q50"]))


def _sections(ctx: Context, face: str, sheet: _Sheet, given: dict[str, Any] | None = None) -> None:
    """Answers on the coming months from a section of the brief or of the page."""
    from corredor.present.sections.forecast import forecast

    section = given or forecast(ctx)
    assert section is not None
    panels = {p["title"]: p for p in section["panels"]}
    for point in sheet.ahead:
        p = panels[ctx.checkpoint(point)]
        for i, r in enumerate(p["rows"], 1):
            sheet.put(face, f"{_MONTHS[i]} month of {point}, median", r["median"])
            sheet.put(face, f"{_MONTHS[i]} month of {point}, 80 %", r["most"])
        sheet.put(face, f"all months of {point}", p["sum"].split(": ")[1].split(" (")[0])
    refused = {r["title"]: r["last"] for r in section["refused"]}
    for point in sheet.upstream:
        title = ctx.checkpoint(point)
        sheet.put(face, f"forecast of {point}", "none" if title in refused else "yes")
        said = refused.get(title, panels[title]["last"] if title in panels else "")
        sheet.put(face, f"last month counted of {point}", _month_in(ctx, said))


def _month_in(ctx: Context, text: str) -> str:
    """The first month that a sentence names, as a number."""
    months = {
        ctx.month(date(y, m, 1)): f"{y}-{m:02}" for y in range(2015, 2100) for m in range(1, 13)
    }
    found = sorted((text.find(k), v) for k, v in months.items() if k in text)
    return found[0][1] if found else ""


def _page(settings: Any, study: Study, sheet: _Sheet) -> None:
    """The page: its kept base, and the views that its API gives."""
    from corredor.web.base import make_tables
    from corredor.web.views.ahead import ahead
    from corredor.web.world import World

    world = World(settings)
    make_tables(study, settings, world.results, world.key, lambda *_: None)
    view = ahead(world, "en").to_json()
    _sections(world.context("en"), "page", sheet, view["sections"]["forecast"])
    _now(world, sheet)


def _now(world: World, sheet: _Sheet) -> None:
    from corredor.present.sections.latest import latest
    from corredor.web.views.now import now
    from corredor.web.views.ports import ports

    view = now(world, "en").to_json()["sections"]
    ctx = world.context("en")
    for face, groups in (("page", view["latest"]["groups"]), ("brief", latest(ctx)["groups"])):
        rows = {r["label"]: r for g in groups for r in g["rows"]}
        for label in _newest_rows(ctx):
            row = rows[label]
            sheet.put(face, f"newest: {label}", f"{row['value']}, {row['month']}")
    table = world.table("nowcast")
    assert table is not None
    kept = table.filter(
        (_col("nationality") == "ALL") & (_col("place") != "en_route") & (_col("median") >= 10)
    )
    sheet.put("page", "places with people now", str(kept.height))
    shown = ports(world, "en").to_json()["sections"]
    busiest = _busiest_port(world.study)
    row = next(r for r in shown["ports"]["rows"] if r["code"] == busiest)
    sheet.put("page", "goods a truck carries at the busiest port", row["carried"])
    sheet.put("page", "year of that value", str(shown["value_year"]))


def _run(arguments: list[str]) -> str:
    from click.testing import CliRunner

    from corredor.cli import _cli

    said = CliRunner().invoke(_cli, arguments, standalone_mode=False, catch_exceptions=False)
    return said.stdout


def _command(ctx: Context, sheet: _Sheet, as_of: list[str]) -> None:
    table = json.loads(_run(["forecast", "--json", *as_of]))
    _numbers(ctx, "command", sheet, table, {})
    text = _run(["forecast", *as_of])
    for line in text.splitlines():
        point, _, rest = line.partition(",")
        if point in sheet.ahead and "together" in rest:
            number = rest.split("together: ")[1].split(" ")[0].replace(",", "")
            sheet.put("command", f"all months of {point}", ctx.about(float(number)))
        name, _, why = line.partition(": no forecast, because ")
        if name in sheet.upstream and why:
            sheet.put("command", f"forecast of {name}", "none")
            words = [w.rstrip(".") for w in why.split()]
            month = next((w for w in words if len(w) == 7 and w[4] == "-"), "")
            sheet.put("command", f"last month counted of {name}", month)
    for point in sheet.upstream:
        given = any(r["checkpoint"] == point for r in table)
        if given:
            sheet.put("command", f"forecast of {point}", "yes")
    for label, (series, dims) in _newest_rows(ctx).items():
        where = [w for k, v in dims.items() for w in ("--where", f"{k}={v}")]
        rows = json.loads(_run(["figures", "show", series, "--monthly", *where, "--json", *as_of]))
        newest = date.fromisoformat(rows[-1]["month"])
        said = f"{ctx.whole(rows[-1]['value'])}, {ctx.month(newest, short=True)}"
        sheet.put("command", f"newest: {label}", said)


def _what_ifs(
    ctx: Context, study: Study, settings: Any, start: date, folder: Path, sheet: _Sheet
) -> None:
    """As published, over the first month: the comparison of every face, and the forecast."""
    from corredor.months import last_day
    from corredor.questions import compare as module
    from corredor.questions.study import load
    from corredor.web.tasks import Bench

    days = (last_day(start) - start).days + 1
    first, last = start.isoformat(), last_day(start).isoformat()
    measure: dict[str, Any] = {"kind": "interception", "start": first, "end": last, "strength": 0.3}
    base = load(study.corridor.id, as_of=study.as_of)
    other = base.with_measure(**measure)
    made = module.compare(base, other, start=start, days=days, members=2, seed=1)
    _published(ctx, "Python", made.to_dict(), sheet)
    file = folder / "what-if.yaml"
    inner = ", ".join(f"{k}: {v}" for k, v in measure.items())
    file.write_text(f"base: {study.corridor.id}\nname: more\nmeasures:\n  - {{{inner}}}\n")
    said = _run(
        [
            *("compare", str(file), "--start", first, "--days", str(days)),
            *("--members", "2", "--json", *_as_of(study)),
        ]
    )
    _published(ctx, "command", json.loads(said), sheet)
    none = dict.fromkeys(("more", "per_day", "officers"))
    lever = {**measure, **none, "at": [], "nationalities": []}
    asked = {"start": first, "days": days, "off": [], "changed": [], "on": [lever]}
    comparer = Bench(settings).comparer
    _published(ctx, "page", comparer.compared(asked, 0, lambda *_: None), sheet)
    _, ahead = study.forecast(6, seed=1)
    table = ahead.table().filter(
        (_col("nationality") == "ALL")
        & (_col("month") == start)
        & _col("checkpoint").is_in(sheet.ahead)
    )
    for r in table.iter_rows(named=True):
        name = f"as published, {r['checkpoint']} of the first month"
        sheet.put("forecast", name, ctx.about(r["q50"]))


def _published(ctx: Context, face: str, made: dict[str, Any], sheet: _Sheet) -> None:
    base = made["scenarios"][0]
    rows = {r["outcome"]: r for r in made["table"] if r["scenario"] == base}
    for point, outcome in sheet.outcomes.items():
        name = f"as published, {point} of the first month"
        sheet.put(face, name, ctx.about(rows[outcome]["median"]))
    given = sorted(p for p in sheet.upstream if f"people-{p}" in rows)
    sheet.put(face, "as published, counts without a forecast", ", ".join(given) or "none")
    sheet.put(face, "year of the rates of deaths", str(made["record"]["death_rates_of"]))


def _busiest_port(study: Study) -> str:
    """Code of the port that most trucks passed in the last whole year."""
    from corredor.ports.values import Values

    return Values(study.store, study.as_of or date.today(), study.as_of).busiest("truck")


def _figures(ctx: Context, study: Study, start: date, sheet: _Sheet) -> None:
    """Figures as the store has them."""
    from corredor.ports.values import Values
    from corredor.questions.outcomes import death_rates

    cutoff = min(start, study.as_of) if study.as_of else start
    values = Values(study.store, start, study.as_of)
    sheet.put(
        "Python",
        "goods a truck carries at the busiest port",
        ctx.amount(values.a_unit(_busiest_port(study), "truck", "north")),
    )
    sheet.put("Python", "year of that value", str(values.year))
    rates = death_rates(study.store, study.corridor, cutoff, study.as_of)
    sheet.put("store", "year of the rates of deaths", str(rates.year if rates else None))
    _newest(ctx, study, sheet)


def _newest_rows(ctx: Context) -> dict[str, tuple[str, dict[str, Any]]]:
    """The first row of counts of each group that the brief lists: its label, and which figures."""
    first = [next((row for row in group.rows if not row.money), None) for group in ctx.shown.latest]
    return {
        label_of(r.label, ctx.lang, r.series): (r.series, r.figures.words)
        for r in first
        if r is not None
    }


def _newest(ctx: Context, study: Study, sheet: _Sheet) -> None:
    for label, (series, dims) in _newest_rows(ctx).items():
        row = study.store.monthly(series, as_of=study.as_of, **dims).row(-1, named=True)
        said = f"{ctx.whole(row['value'])}, {ctx.month(row['month'], short=True)}"
        sheet.put("Python", f"newest: {label}", said)


@click.command()
@click.option("--as-of", metavar="DATE", help="Use only figures published by DATE.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
def selfcheck(as_of: str | None, as_json: bool) -> None:
    """Ask brief, page, command and Python the same questions, and compare their answers.

    It takes some minutes: one forecast and one short comparison are made. The exit status is 1
    where two faces answer one question in two ways.
    """
    from corredor.questions.study import load

    with Progress(as_json) as tell:
        rows = ask_all(load(as_of=as_of), tell)
    if as_json:
        click.echo(
            json.dumps([{"question": r.question, "agree": r.agree, "answers": r.by} for r in rows])
        )
    else:
        for r in rows:
            click.echo(f"{'ok ' if r.agree else 'NOT'}  {r.question}: {told(r)}")
        odd = [r for r in rows if not r.agree]
        every = sum(set(FACES) <= set(r.by) for r in rows)
        click.echo(
            f"{len(rows)} questions, {every} of them to all of {', '.join(FACES)}; "
            f"{len(odd)} with more than one answer"
        )
    if not all(r.agree for r in rows):
        raise SystemExit(1)


def told(row: Answers) -> str:
    """The one answer with who gave it, or each with its own."""
    if row.agree:
        return f"{next(iter(row.by.values()))} ({', '.join(row.by)})"
    return "; ".join(f"{face}: {answer or 'nothing'}" for face, answer in row.by.items())
