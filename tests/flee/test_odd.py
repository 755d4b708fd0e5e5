"""Odd folders: read where Flee runs with them, the way Flee reads them, and listed."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from corredor.cli.import_flee import import_flee
from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from corredor.flee import read_flee
from corredor.flee.compile import compile_flee
from corredor.flee.rules import simulate_flee
from corredor.flee.scoring import score
from corredor.flee.writing import write_corridor
from tests.flee.odd import ODD, Case
from tests.flee.world import write_world

RECORDED = Path(__file__).with_name("odd31.csv")
DOCS = Path(__file__).resolve().parents[2] / "docs" / "flee.md"
MEMBERS = 200
#: Flee runs, but its result means nothing: docs/flee.md says why for each.
REFUSED_ALTHOUGH_FLEE_RUNS = {
    "conflicts: intensity nan",
    "conflicts: row too short",
    "routes: negative distance",
    "locations: a place twice, unlike",
    "counts: negative",
    "counts: a camp twice",
    "settings: 'false' in quotes",
    "settings: negative speed",
}


def recorded() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with RECORDED.open() as f:
        for row in csv.DictReader(f):
            found.setdefault(row["case"], []).append(row)
    return found


FLEE = recorded()
READ = [c for c in ODD if c.said]
REFUSED = [c for c in ODD if not c.said]


def named(case: Case) -> str:
    return case.what


def test_the_record_has_every_case() -> None:
    assert set(FLEE) == {c.what for c in ODD}
    assert len({c.what for c in ODD}) == len(ODD) >= 60


@pytest.mark.parametrize("case", READ, ids=named)
def test_it_is_read_and_listed_and_strict_refuses_it(case: Case, tmp_path: Path) -> None:
    write_world(tmp_path, **case.changes)
    f = read_flee(tmp_path)
    lines = "\n".join(f.report.lines())
    if case.said == "-":  # in order, and nothing to tell
        assert not f.report.odd
        read_flee(tmp_path, strict=True)
        return
    assert case.said in lines
    if f.report.odd:
        assert all(x.split(":")[0].endswith((".csv", ".yml")) for x in f.report.odd)
        with pytest.raises(CorredorError) as caught:
            read_flee(tmp_path, strict=True)
        assert all(p.file and p.fix for p in caught.value.problems)


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_what_means_nothing_is_refused(case: Case, tmp_path: Path) -> None:
    write_world(tmp_path, **case.changes)
    with pytest.raises(CorredorError) as caught:
        read_flee(tmp_path)
    assert len(caught.value.problems) == 1, str(caught.value)
    assert caught.value.problems[0].file
    assert caught.value.problems[0].fix
    runs = FLEE[case.what][0]["flee"] == "runs"
    assert runs == (case.what in REFUSED_ALTHOUGH_FLEE_RUNS)


@pytest.mark.parametrize("case", [c for c in READ if FLEE[c.what][0]["flee"] == "runs"], ids=named)
def test_the_counts_are_those_that_flee_takes(case: Case, tmp_path: Path) -> None:
    f = read_flee(write_world(tmp_path, **case.changes))
    seen = dict(zip(f.camps, f.observed().T, strict=True))
    level = np.sum([s.at(np.arange(-1, f.days)) for s in f.series], axis=0)
    rise = np.diff(level)
    checked = 0
    for row in FLEE[case.what]:
        day = int(row["day"])
        if row["what"] != "counts":
            continue
        checked += 1
        if row["place"] in seen:
            assert seen[row["place"]][day] == int(row["mean"]), row
        elif day > 0:
            assert rise[day] == int(row["mean"]), row
    assert checked == 15


@pytest.mark.parametrize("case", [c for c in READ if FLEE[c.what][0]["flee"] == "runs"], ids=named)
def test_people_go_where_they_go_in_flee(case: Case, tmp_path: Path) -> None:
    """Means over runs: what chance leaves, and the order of asking while Sur is full."""
    f = read_flee(write_world(tmp_path, **case.changes))
    people = simulate_flee(compile_flee(f), seed=3, members=MEMBERS).people
    names = [p.name for p in f.places]
    rows = [r for r in FLEE[case.what] if r["what"] == "people"]
    if case.what == "locations: a place twice, alike":
        rows = [r for r in rows if r["place"] != "Cruce"]  # two places of that name there
    full = {r["day"] for r in rows if r["place"] == "Sur" and float(r["mean"]) > 135}
    assert len(rows) >= 25
    for r in rows:
        x = people[:, int(r["day"]), names.index(r["place"])]
        error = np.sqrt(x.var() / int(r["runs"]) + x.var() / MEMBERS)
        allowed = 5 * error + 0.05 + (10 if r["day"] in full else 0)
        assert abs(x.mean() - float(r["mean"])) < allowed, (r, x.mean(), allowed)


@pytest.mark.parametrize("case", READ, ids=named)
def test_it_runs_under_both_rules_and_becomes_a_corridor(case: Case, tmp_path: Path) -> None:
    f = read_flee(write_world(tmp_path / "in", **case.changes))
    for rules in ("corredor", "flee"):
        value = score(f, rules=rules).ard  # type: ignore[arg-type]
        assert 0 <= value.rescaled <= 2
    if "latitude 120" in case.what:
        with pytest.raises(CorredorError, match=r"lat is 120\.5"):
            write_corridor(f, tmp_path / "out")
        assert not (tmp_path / "out").exists()
        return
    write_corridor(f, tmp_path / "out")
    assert load_corridor(tmp_path / "out").places


def test_a_camp_without_counts_takes_people_in_and_is_not_scored(tmp_path: Path) -> None:
    case = next(c for c in ODD if c.what == "counts: camp without a row")
    f = read_flee(write_world(tmp_path, **case.changes))
    assert f.counted == (False, True)
    people = simulate_flee(compile_flee(f), seed=1, members=20).people.mean(axis=0)
    assert people[-1, [p.name for p in f.places].index("Norte")] > 0
    worst = score(f, rules="flee").ard
    assert worst.rescaled == 0  # the one camp scored has the right share, which is all


def test_the_same_oddity_in_many_rows_is_said_once(tmp_path: Path) -> None:
    case = next(c for c in ODD if c.what == "conflicts: intensity above 1")
    f = read_flee(write_world(tmp_path, **case.changes))
    said = [x for x in f.report.odd if "weighs more" in x]
    assert len(said) == 1
    assert said[0].endswith("(and 29 more rows like it)")


def test_the_command_lists_what_is_odd(tmp_path: Path) -> None:
    case = next(c for c in ODD if c.what == "routes: a route twice")
    write_world(tmp_path, **case.changes)
    run = CliRunner().invoke(import_flee, [str(tmp_path)])
    assert run.exit_code == 0
    assert "odd: routes.csv:9: the route Sur–Alta is already on line 7" in run.output
    run = CliRunner().invoke(import_flee, [str(tmp_path), "--strict"])
    assert isinstance(run.exception, CorredorError)
    assert run.exit_code != 0


def test_the_docs_say_what_becomes_of_every_case() -> None:
    rows = {
        cells[1]: cells[2:4]
        for line in DOCS.read_text(encoding="utf-8").splitlines()
        if len(cells := [c.strip() for c in line.split("|")]) == 5
    }
    for case in ODD:
        flee, ours = rows[case.what]
        assert flee.startswith("runs") == (FLEE[case.what][0]["flee"] == "runs"), case.what
        assert ours.startswith("refused") == (not case.said), case.what
