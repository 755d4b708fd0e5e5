"""Any corridor with counts is forecast from its own; what cannot be said is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

import corredor as co
from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.inference.counts import Period
from corredor.inference.dynamics import Dynamics, arrays, model, passing
from corredor.inference.effects import cells_begun
from corredor.inference.kernels import passage_kernels
from corredor.inference.outlook import simulate
from corredor.inference.panel import read_panel
from corredor.months import after
from corredor.present.charts.corridor_map import corridor_frame
from tests.anywhere.made import SICILY, counts_only, path_of, sicily, table, write

FEW = 12  # draws


# ------------------------------------------------- nothing American elsewhere
@pytest.fixture
def bare(tmp_path):
    """The corridor of Sicily, which does not say what is counted."""
    return write(tmp_path, SICILY)


@pytest.mark.parametrize(
    "ask",
    [
        lambda study: study.forecast(),
        lambda study: study.lags("darien-border"),
        lambda study: study.lags(),
        lambda study: study.run("2023-01-01", 10),
        lambda study: study.fit(),
        lambda study: study.backtest(),
        lambda study: read_panel(study.store, study.corridor),
    ],
)
def test_without_observations_all_is_refused_in_one_sentence(bare, ask):
    with pytest.raises(CorredorError) as caught:
        ask(co.load(bare))
    assert str(caught.value).count("\n") == 0
    assert "does not say which series count people" in str(caught.value)


@pytest.mark.parametrize("ask", [lambda s: s.fit(), lambda s: s.run("2023-01-01", 10)])
def test_a_corridor_without_priors_has_no_law(tmp_path, ask):
    study = co.load(sicily(tmp_path))
    assert not study.has_law
    with pytest.raises(CorredorError, match="its counts can be forecast without the law"):
        ask(study)


def test_legs_are_the_corridors_own(tmp_path):
    with pytest.raises(CorredorError, match="names no leg"):
        co.load(sicily(tmp_path)).lags()


def test_kernels_are_numbers_or_refused(bare, tmp_path):
    months = tuple(date(2023, m, 1) for m in range(1, 10))
    with pytest.raises(CorredorError, match="does not say which series count people"):
        passage_kernels(load_corridor(bare), months)
    made = passage_kernels(load_corridor(sicily(tmp_path / "counted")), months)
    assert made.stages == ("lampedusa",)
    assert np.isfinite(made.entry).all()
    assert 0.9 < made.entry[:, 0, :, 0].sum(axis=1).max() < 1 + 1e-9
    assert not made.onward


def test_the_map_has_its_west_in_the_west(bare):
    west, south, east, north = corridor_frame(load_corridor(bare))
    assert west < 8.0 < 12.1 < east
    assert south < 17.0 < 32.9 < north


def test_the_map_goes_on_across_the_date_line(bare):
    east_of = (
        SICILY["places.csv"].replace("17.0,8.0", "-17.0,178.0").replace("32.9,12.1", "-14.0,-171.0")
    )
    routes = SICILY["routes.csv"]
    for old, new in (("3000", "19000"), ("3400", "19000"), ("2200", "1300"), ("320", "18000")):
        routes = routes.replace(f",{old},", f",{new},")
    made = load_corridor(write(bare, {"places.csv": east_of, "routes.csv": routes}))
    west, _, east, _ = corridor_frame(made)
    assert (west, east) == (176.0, 191.0)


# ---------------------------------------------------------------- own counts
@pytest.mark.thorough
def test_own_counts_are_forecast_from_end_to_end(tmp_path):
    study = co.load(sicily(tmp_path))
    nowcast, made = study.forecast(horizon=3)
    assert nowcast is None
    assert made.run is None
    assert made.months[0] == date(2023, 1, 1)
    assert made.nationalities == ("GIN", "SEN", "OOO")  # the corridor does not name Mali
    with study.store as store:
        last = store.monthly("landings").sort("month")["value"][-1]
    whole = made.table().filter(
        (pl.col("nationality") == "ALL") & (pl.col("month") == made.months[0])
    )
    assert whole["q10"][0] < last < whole["q90"][0]
    scores = study.backtest(members=100, origins=[date(2022, 3, 1)])
    assert set(scores["target"]) == {"lampedusa", "nationality"}
    assert set(scores["part"]) == {"", "GIN", "SEN", "MLI"} - {"MLI"}
    mine = scores.filter(pl.col("model") == "corredor")
    assert mine["horizon"].unique().sort().to_list() == [1, 2, 3, 4, 5, 6]
    assert scores["issued"].unique().to_list() == [date(2022, 4, 10)]


# ------------------------------------------------------------------- shapes
def draws_for(panel, cells):
    """Coefficients near their priors."""
    rng = np.random.default_rng(4)
    (c, k), n = panel.counts.shape[:2], FEW
    made = {
        "momentum": rng.normal(0, 0.1, (n, c)),
        "back": np.abs(rng.normal(0, 0.1, (n, c))),
        "shared": np.abs(rng.normal(0, 0.1, (n, c))),
        "scale": rng.normal(np.log(0.15), 0.1, (n, c)),
        "own": np.zeros((n, c, k)),
        "season": np.zeros((n, c, 12)),
        "as_usual": np.full((n, c), 0.5),
        "loading": np.ones((n, k)),
    }
    above = passing(panel.upstream)
    return {**made, "pass": rng.normal(0.1, 0.1, (n, c, len(above), 2))} if above else made


def outlook(folder, horizon=3, **changes):
    """Read, check that the model has a density, and run forward with made-up coefficients."""
    import jax
    from numpyro.handlers import seed, trace

    corridor = load_corridor(folder)
    with Store.open(folder=folder) as store:
        panel = replace(read_panel(store, corridor), **changes)
    cells = cells_begun(corridor, panel)
    drawn = trace(seed(model, jax.random.PRNGKey(1))).get_trace(**arrays(panel, cells))
    density = drawn["moved"]["fn"].log_prob(drawn["moved"]["value"])
    assert np.isfinite(np.asarray(density)).all()
    fitted = Dynamics(draws_for(panel, cells), cells, {})
    return panel, simulate(corridor, panel, fitted, horizon=horizon, members=FEW)


def test_one_checkpoint(tmp_path):
    panel, made = outlook(counts_only(tmp_path, ["channel"], ["SDN", "ERI", "AFG"]))
    assert panel.nations == ("AFG", "ERI", "SDN")  # nobody is left for the rest
    assert made.of("channel").shape == (FEW, 3, 3)


def test_sixty_checkpoints(tmp_path):
    points = [f"p{i:02d}" for i in range(60)]
    folder = counts_only(tmp_path, points, ["SDN", "ERI"], upstream={"p01": "p00", "p59": "p01"})
    panel, made = outlook(folder, horizon=1)
    assert panel.points == tuple(points)
    assert panel.upstream[59] == (1,)
    assert made.counts.shape[1] == 60


def test_names_with_accents(tmp_path):
    """A letter with an accent is the same letter however it was typed."""
    folder = counts_only(tmp_path, ["médenine", "sfax"], ["SDN"])
    file = folder / "observations.yaml"
    composed, apart = "m\u00e9denine", "me\u0301denine"
    file.write_text(file.read_text("utf-8").replace(f"main: {composed}", f"main: {apart}"), "utf-8")
    assert outlook(folder)[0].points == ("m\u00e9denine", "sfax")


def test_the_southern_hemisphere(tmp_path):
    places = SICILY["places.csv"]
    for old, new in (("17.0,8.0", "-17.0,-65.0"), ("32.9,12.1", "-33.4,-70.6")):
        places = places.replace(old, new)
    for old, new in (("9.6,-13.6", "-9.6,-63.6"), ("14.7,-17.4", "-14.7,-67.4")):
        places = places.replace(old, new)
    folder = write(sicily(tmp_path), {"places.csv": places.replace("35.5,12.6", "-35.5,-72.6")})
    panel, _ = outlook(folder)
    assert panel.points == ("lampedusa",)
    _, south, _, north = corridor_frame(load_corridor(folder))
    assert south < north < 0


@pytest.mark.parametrize("gone", ["VEN", "OOO"])
def test_without_a_nationality(tmp_path, gone):
    folder = sicily(tmp_path)
    head, routes = folder / "corridor.yaml", folder / "routes.csv"
    lines = [x for x in head.read_text("utf-8").splitlines() if f"  {gone}:" not in x]
    head.write_text("\n".join(lines) + "\n", "utf-8")
    routes.write_text(routes.read_text("utf-8").replace(f";{gone}", ""), "utf-8")
    panel, _ = outlook(folder)
    assert panel.nations == ("GIN", "SEN", "OOO")  # Malians are counted, and not named


def test_counts_without_nationalities(tmp_path):
    folder = counts_only(tmp_path, ["channel"], ["SDN"])
    series = folder / "series.yaml"
    series.write_text(series.read_text("utf-8").replace(", nationality: }", "}"), "utf-8")
    rows = [
        (f"{after(date(2020, 1, 1), t):%Y-%m}", "channel", n)
        for t, n in enumerate(path_of(800, 40, 1))
    ]
    table(folder, rows, ("month", "point", "value"))
    panel, made = outlook(folder)
    assert panel.nations == ("OOO",)
    assert made.of("channel")[:, 0, 0].mean() > 100


def test_a_checkpoint_with_few_months_is_left_out_and_said(tmp_path):
    folder = counts_only(tmp_path, ["north", "south"], ["SDN", "ERI"])
    file = folder / "figures" / "counts.csv"
    lines = file.read_text("utf-8").splitlines()
    file.write_text(
        "\n".join(x for x in lines if "south" not in x or x < "2020-09") + "\n", "utf-8"
    )
    panel, _ = outlook(folder)
    assert panel.points == ("north",)
    assert "8 months of At south are known" in panel.left_out["south"]


def test_too_few_months_are_refused(tmp_path):
    folder = counts_only(tmp_path, ["north"], ["SDN"], months=11)
    with pytest.raises(CorredorError, match=r"fewer than 12 months of At north from 2020-01"):
        outlook(folder)


def test_nobody_appears_where_none_was_ever_counted(tmp_path):
    folder = counts_only(tmp_path, ["north", "south"], ["SDN", "ERI"])
    file = folder / "figures" / "counts.csv"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(x for x in lines if "south,ERI" not in x) + "\n", "utf-8")
    panel, made = outlook(folder, horizon=6)
    at = panel.nations.index("ERI")
    assert not made.of("south")[:, at].any()
    assert made.of("north")[:, at].all()


SUM = "sums:\n  both: {of: [north, south], label: Both, total: {series: whole}}\n"


def test_a_sum_published_alone_is_kept(tmp_path):
    """Months after the detail of which only the sum is known."""
    folder = counts_only(tmp_path, ["north", "south"], ["SDN", "ERI"], more=SUM)
    series = folder / "series.yaml"
    extra = "- {id: whole, title: Whole, publisher: P, counts: people, period: month}\n"
    series.write_text(series.read_text("utf-8") + extra, "utf-8")
    file = folder / "observations.yaml"
    file.write_text(file.read_text("utf-8").replace("main: north", "main: both"), "utf-8")
    with Store.open(folder=folder) as store:
        known = store.monthly("counts").sort("month")
    rows = [(f"{m:%Y-%m}", "whole", v) for m, v in known.iter_rows()]
    rows += [("2023-05", "whole", 900), ("2023-06", "whole", 700)]
    table(folder, rows, ("month", "series", "value"), "later.csv")
    panel, made = outlook(folder)
    assert panel.months[-1] == date(2023, 6, 1)
    said = made.of("both").sum(axis=1)
    for month, published in ((date(2023, 5, 1), 900), (date(2023, 6, 1), 700)):
        assert np.abs(said[:, made.months.index(month)] - published).max() <= 4


def test_a_year_that_is_known_is_kept(tmp_path):
    folder = counts_only(tmp_path, ["north"], ["SDN"], months=36)
    with Store.open(folder=folder) as store:
        panel = read_panel(store, load_corridor(folder))
    cut = panel.counts.copy()
    cut[:, :, 30:] = np.nan
    year = (Period("north", 30, 35, 1500.0),)
    _, made = outlook(folder, counts=cut, totals=cut.sum(axis=1), years=year)
    said = made.of("north").sum(axis=1)[:, :6].sum(axis=1)
    assert np.abs(said - 1500).max() <= 10


def test_the_largest_nationalities_are_rows(tmp_path):
    nations = ["SDN", "ERI", "AFG", "IRN"]
    panel, _ = outlook(counts_only(tmp_path, ["north"], nations, more="most: 2\n"))
    assert panel.nations == ("AFG", "IRN", "OOO")


EFFECTS = """classes:
  - id: patrols
    checkpoints: [lampedusa]
    when: [{kinds: [interception], authority: [LBY]}]
    mean: -0.8
    sd: 0.3
    spread: 0.2
    source: s1
    grade: M
"""
MEASURES = """- {id: patrols-2020, kind: interception, authority: LBY, routes: [d],
  start: 2020-06-01, description: Patrols, description_es: Patrullas, source: s1, grade: M}
- {id: patrols-2023, kind: interception, authority: LBY, routes: [c],
  start: 2023-02-01, description: Patrols, description_es: Patrullas, source: s1, grade: M}
- {id: rule, kind: deterrence_rule, authority: ITA, start: 2021-01-01,
  description: A rule, description_es: Una regla, source: s1, grade: M}
"""


def test_effects_of_measures_are_of_the_corridors_own_classes(tmp_path):
    folder = write(sicily(tmp_path), {"effects.yaml": EFFECTS, "measures.yaml": MEASURES})
    corridor = load_corridor(folder)
    with Store.open(folder=folder) as store:
        panel = read_panel(store, corridor)
    cells = cells_begun(corridor, panel)
    assert cells.measure == ("patrols-2020",)  # the rule is of no class, the other not begun
    assert cells.load.sum() == len(panel.nations)
    drawn = {
        **draws_for(panel, cells),
        "effect_mean": np.full((FEW, 1), -0.8),
        "effect_spread": np.zeros((FEW, 1)),
        "effect": np.zeros((FEW, 16)),
    }
    fitted = Dynamics(drawn, cells, {})
    none, all_ = (
        simulate(corridor, panel, fitted, horizon=4, assume=a, members=FEW) for a in ("none", "all")
    )
    assert all_.assumed == ("patrols-2023",)
    with_it, without = (x.of("lampedusa")[..., -1].sum() for x in (all_, none))
    assert 0.3 < with_it / without < 0.65


# -------------------------------------------------------------------- brief
def test_a_brief_of_counts_alone_says_what_it_lacks(tmp_path):
    """In both languages, with no figure of another corridor."""
    import re

    from corredor.brief import write_brief
    from corredor.present.inputs import BriefInputs
    from corredor.present.results import past_skill
    from corredor.questions.study import Study

    folder = sicily(tmp_path / "c")
    columns = ("q025", "q10", "q25", "q50", "q75", "q90", "q975")
    ahead = pl.DataFrame(
        [
            {
                "month": date(2023, m, 1),
                "checkpoint": "lampedusa",
                "nationality": n,
                **{q: 100.0 * i for i, q in enumerate(columns, 1)},
            }
            for m in range(1, 4)
            for n in ("GIN", "SEN", "OOO", "ALL")
        ]
    )
    scores = pl.DataFrame(
        [
            {
                "issued": date(2022, i, 5),
                "month": date(2022, i, 1),
                "target": "lampedusa",
                "part": "",
                "horizon": 1,
                "model": model,
                "crps": crps,
                "covered80": 1.0,
                "observed": 900.0,
            }
            for i in (1, 2, 3)
            for model, crps in (("corredor", 1717.0), ("log random walk", 2.0))
        ]
    )
    names = ("log random walk", "seasonal naive")
    rival = scores.filter(pl.col("model") == names[0]).with_columns(model=pl.lit(names[1]))
    pl.concat([scores, rival]).write_parquet(folder / "track_record.parquet")
    with Store.open(folder=folder) as store:
        corridor = load_corridor(folder)
        inputs = BriefInputs(
            *(date(2023, 2, 1), store, corridor),
            forecast_table=ahead,
            skill_table=past_skill(Study(corridor)),
        )
        english, spanish = (p.read_text("utf-8") for p in write_brief(inputs, tmp_path / "b"))
    for text, words in (
        (english, ("Lampedusa: ", "landings in December 2022", "by its counts alone")),
        (
            spanish,
            ("desembarcos en diciembre de 2022", "solo se conocen sus conteos", "Desembarcos"),
        ),
    ):
        body = text[text.index("<body") : text.index('<script type="application/json"')]
        for word in words:
            assert word in body
        assert "No track record is available" not in body
        assert "No hay un registro de desempe" not in body
        assert not re.search(r"Darién|CBP|Border Patrol|M[eé]xic|Panam|\bUS\b|EE\.", body)
