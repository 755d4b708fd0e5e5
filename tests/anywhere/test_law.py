"""The law of corridors of other shapes: one count, gates in a row, three ways across a border."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

import corredor as co
from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from corredor.inference.fit import fit_months
from corredor.inference.gates import attempts, blocks, stages
from corredor.inference.kernels import passage_kernels
from corredor.inference.model import Model
from corredor.inference.observations import observe
from corredor.months import after
from tests.anywhere.made import path_of, sicily, table, write

_HEAD = "id,checkpoint,value,spread,unit,description,source,grade\n"
_SOURCES = "s1: made for a test\njudgement: made for a test\n"
_LOG = "log_first,,3,3,log people,departures at first,judgement,M\n"


def _prior(name: str, value: float, spread: float, point: str = "") -> str:
    return f"{name},{point},{value},{spread},logit,made for a test,judgement,M\n"


# ------------------------------------------------------------------ two gates in a row
_CORRIDOR = """id: steppe
name: {en: Steppe, es: Estepa}
channels: [road]
languages: [en]
checkpoints:
  # declared out of order: the way is told by upstream
  north: {kind: alternative, of: fence, label: {en: North}, upstream: [second]}
  coast: {label: {en: Coast}, partial: true}
  second: {kind: gate, authority: UZB, label: {en: Second}, upstream: [first]}
  first: {kind: gate, authority: KAZ, label: {en: First}, upstream: [coast]}
  middle: {kind: alternative, of: fence, label: {en: Middle}, detected: true, upstream: [second]}
  port: {kind: alternative, of: fence, label: {en: Port}, port: true, upstream: [second]}
nationalities:
  AFG: {origin: south}
  TJK: {origin: south}
  OOO: {origin: south}
households:
  all: {en: all}
""".replace("  all: {en: all}", "  all: {name: all, name_es: todas}")
_PLACES = """id,name,country,kind,lat,lon,dwell_days,source,grade
south,South,AFG,origin,34,66,1,s1,M
coast,Coast,KAZ,waypoint,44,51,5,s1,M
town,Town,KAZ,waypoint,46,56,4,s1,M
city,City,UZB,waypoint,42,60,4,s1,M
far,Far,UZB,crossing,43,62,4,s1,M
n,N,RUS,destination,51,60,,s1,M
m,M,RUS,destination,51,62,,s1,M
p,P,RUS,destination,51,64,,s1,M
"""
_ROUTES = """id,start,end,mode,km,days_mean,days_sd,channel,checkpoint,returns_to,kind,source,grade
a,south,coast,bus,1800,4,2,road,,,transit,s1,M
b,coast,town,bus,500,2,1,,coast,,transit,s1,M
c,town,city,bus,600,2,1,,first,coast,transit,s1,M
d,city,far,bus,300,2,1,,second,coast,transit,s1,M
e,far,n,foot,1000,3,1,,north,far,irregular_crossing,s1,M
f,far,m,foot,1000,3,1,,middle,far,irregular_crossing,s1,M
g,far,p,bus,1000,3,1,,port,far,port_presentation,s1,M
"""
POINTS = ("coast", "first", "second", "north", "middle", "port")
_GATE = (
    _prior("south", 0, 0.5)
    + _prior("gate_first", -1, 1)
    + "".join(_prior(n, 0, 0.3) for n in ("gate_step", "gate_by_nation", "gate_own_first"))
    + _prior("gate_own_step", 0, 0.2)
)
_OTHERS = (
    _prior("registered", 1, 0.5)
    + _prior("registered_step", 0, 0.3)
    + _prior("registered_by_nation", 0, 0.3)
    + _prior("port_first", -1, 1.5)
    + _prior("port_step", 0, 0.4)
    + _prior("detect", 1, 0.4, "middle")
)


def steppe(folder, priors: str = _HEAD + _LOG + _GATE + _OTHERS, months: int = 30):
    links = "".join(
        f"  - {{checkpoint: {p}, series: counts, where: {{point: {p}}}}}\n" for p in POINTS
    )
    write(
        folder,
        {
            "corridor.yaml": _CORRIDOR,
            "places.csv": _PLACES,
            "routes.csv": _ROUTES,
            "sources.yaml": _SOURCES,
            "series.yaml": "- id: counts\n  title: Counts\n  publisher: A ministry\n"
            "  counts: people\n  period: month\n  lag_days: 10\n"
            f"  dims: {{point: [{', '.join(POINTS)}], nationality: }}\n",
            "observations.yaml": f"start: 2021-01\nmain: fence\nlinks:\n{links}"
            "sums:\n  fence: {of: [north, middle, port], label: {en: The fence}}\n",
            "priors.csv": priors,
        },
    )
    share = {"coast": 0.7, "first": 0.3, "second": 0.2, "north": 0.3, "middle": 0.4, "port": 0.2}
    rows = [
        (f"{after(date(2021, 1, 1), t):%Y-%m}", point, nation, round(part * n))
        for k, (nation, level) in enumerate((("AFG", 4000), ("TJK", 1500), ("IRN", 300)))
        for t, n in enumerate(path_of(level, months, k))
        for point, part in share.items()
    ]
    table(folder, rows, ("month", "point", "nationality", "value"))
    return folder


def test_stages_stand_in_the_order_of_the_way_whatever_was_declared(tmp_path):
    way = stages(load_corridor(steppe(tmp_path)).observed())
    assert [(s.id, s.kind) for s in way] == [
        ("coast", "count"),
        ("first", "gate"),
        ("second", "gate"),
        ("fence", "border"),
    ]
    assert [c.id for c in way[-1].points] == ["north", "middle", "port"]


@pytest.mark.parametrize(("back", "order"), [("c", [("b", "a"), ("c",)]), ("a", [("c", "b", "a")])])
def test_stops_that_send_people_to_each_other_are_solved_together(back, order):
    links = [
        ("a", "past", "b"),
        ("b", "returned", "a"),
        ("b", "past", "c"),
        ("c", "returned", back),
    ]
    assert blocks(["c", "b", "a"], links) == order
    rng = np.random.default_rng(1)
    kernels = {x: np.tril(rng.uniform(0, 0.2, (5, 5))) for x in links}
    rates = {x[:2]: rng.uniform(0.1, 0.6, (2, 5)) for x in links}
    entry = {s: rng.uniform(1, 9, (2, 5)) for s in "abc"}
    found = attempts(entry, blocks(["a", "b", "c"], links), kernels, rates)
    came = dict(entry)  # by sending everybody on, turn after turn
    turn = dict(entry)
    for _ in range(200):
        after_it = {s: np.zeros((2, 5)) for s in "abc"}
        for (start, how, to), kernel in kernels.items():
            after_it[to] += (turn[start] * rates[start, how]) @ kernel.T
        turn = after_it
        came = {s: came[s] + turn[s] for s in "abc"}
    for s in "abc":
        assert np.asarray(found[s][1]) == pytest.approx(came[s])
    if back == "c":
        again = (found["c"][1] * rates["c", "returned"]) @ kernels["c", "returned", "c"].T
        assert np.asarray(found["c"][0]) == pytest.approx(np.asarray(found["c"][1] - again))


def test_kernels_of_gates_in_a_row_lose_nobody(tmp_path):
    months = tuple(after(date(2021, 1, 1), t) for t in range(12))
    k = passage_kernels(load_corridor(steppe(tmp_path)), months)
    assert set(k.onward) == {
        ("first", "past", "second"),
        ("first", "returned", "coast"),
        ("first", "returned", "first"),
        ("second", "past", "fence"),
        ("second", "returned", "coast"),
        ("second", "returned", "first"),
        ("fence", "returned", "fence"),
    }
    for kernel in (*k.entry.reshape(-1, 12, 12), *k.onward.values()):
        assert (np.triu(kernel, 1) == 0).all()
        assert kernel.sum(axis=0).max() < 1 + 1e-9
    assert k.entry[:, 2:].sum() == 0.0  # nobody comes to the second gate but past the first


def test_a_missing_prior_is_named_with_the_checkpoint_that_needs_it(tmp_path):
    folder = steppe(
        tmp_path, _HEAD + _LOG + _GATE + _OTHERS.replace("detect,middle", "detect,north")
    )
    with pytest.raises(CorredorError, match=r"gives no prior of detect \(of middle\)"):
        co.load(folder).fit()


@pytest.mark.thorough
def test_a_corridor_of_two_gates_and_three_ways_is_fitted(tmp_path, monkeypatch):
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path / "cache"))
    study = co.load(steppe(tmp_path / "corridor"))
    assert study.has_law
    fitted = study.fit()
    whole = fitted.errors(date(2021, 4, 1), date(2023, 6, 1))
    assert set(whole["checkpoint"]) == set(POINTS)
    assert whole["relative"].max() < 0.15
    now, ahead = study.forecast(horizon=2, members=16)
    places = set(now.table()["place"]) - {"en_route"}
    assert places <= {"south", "coast", "town", "city", "far", "n", "m", "p"}
    assert ahead.run is not None
    more = study.with_measure("interception", start="2023-01-01", end="2023-03-31", strength=0.5)
    made = co.compare(study, more, start="2023-01-01", days=60, members=12)
    told = made.table().filter(pl.col("scenario") != made.scenarios[0])
    assert {"people-first", "people-second", "encounters"} <= set(told["outcome"])
    fewer = told.filter(pl.col("outcome") == "encounters")["difference"][0]
    assert fewer < 0
    assert "deaths" not in set(told["outcome"])  # the corridor names none


# ------------------------------------------------------------------ one count
@pytest.mark.slow
def test_the_demo_has_a_law_a_nowcast_a_brief_and_no_american_word(tmp_path, monkeypatch):
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path / "cache"))
    folder = write(
        sicily(tmp_path / "sicily"), {"priors.csv": _HEAD + _LOG, "sources.yaml": _SOURCES}
    )
    study = co.load(folder)
    now, ahead = study.forecast(horizon=3, members=16)
    present = now.table().filter(pl.col("nationality") == "ALL")
    assert set(present["place"]) >= {"agadez", "zuwara"}
    assert ahead.months[0] == date(2023, 1, 1)
    from corredor.brief import make_brief

    files = make_brief(tmp_path / "brief", corridor=folder, members=16)
    for file in files:
        text = file.read_text("utf-8")
        body = text[text.index("<main") : text.index("</main>")]
        for word in ("Darién", "Mexico", "México", "US ", "EE.", "CBP", "Venezuel", "Panam"):
            assert word not in body, (file.name, word, body[max(0, body.index(word) - 80) :][:160])
        assert "Agadez" in body


@pytest.mark.parametrize("others", ["added", "remainder"])
def test_without_others_totals_are_left_alone(tmp_path, others):
    """People of no nationality of the corridor are in its totals, and in none of its rows."""
    folder = steppe(tmp_path)
    text = (folder / "corridor.yaml").read_text("utf-8").replace("  OOO: {origin: south}\n", "")
    seen = (folder / "observations.yaml").read_text("utf-8")
    seen = seen.replace("series: counts,", f"series: counts, others: {others},")
    write(folder, {"corridor.yaml": text, "observations.yaml": seen})
    study = co.load(folder)
    months = fit_months(study.store, study.corridor, None)
    found = observe(study.store, study.corridor, months)
    assert found.nations == ("AFG", "TJK")
    for rows in found.rows.values():
        assert np.isfinite(rows.value[:2]).all()
        assert np.isnan(rows.value[2:]).all()
    model = Model.build(found, passage_kernels(study.corridor, months))
    start = model.start()
    assert np.isfinite(float(model.loss(start, model.data(), model.no_shift(start))))


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "corridor.yaml",
            "households:\n  all: {name: all, name_es: todas}\n",
            "",
            "has no households",
        ),
        ("routes.csv", "4,2,road,", "4,2,,", "nobody of AFG, TJK, OOO can depart"),
    ],
)
def test_what_departures_lack_is_told(tmp_path, file, old, new, words):
    folder = steppe(tmp_path)
    text = (folder / file).read_text("utf-8")
    assert old in text
    write(folder, {file: text.replace(old, new)})
    with pytest.raises(CorredorError, match=words):
        co.load(folder).fit()
