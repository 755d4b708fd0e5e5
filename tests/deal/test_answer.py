"""From outcomes to the answer: gains by hand, constraints, marks, payments, decay."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from corredor.deal import bargain
from corredor.deal.answer import answer
from corredor.deal.decay import _apart, _breaks, watch
from corredor.deal.gains import certain, draw, forbidden, gains, moneys, over_ceiling
from corredor.deal.outcomes import Outcomes
from corredor.deal.parties import OUTCOMES
from corredor.deal.reading import load_table
from corredor.deal.sensitivity import matters
from tests.deal.small import no_effects, package, small_table, small_worlds


def _made(effect: float = -0.5, n: int = 300):
    table = small_table()
    packages = table.all_packages()
    worlds = small_worlds(table, 4)
    draws = draw(table, len(worlds), n, seed=3)
    effects = no_effects(len(packages), len(worlds))
    for i, p in enumerate(packages):
        effects["usbp"][i] = effect * p.levels[0] / 2
    base = {o: np.full(len(worlds), 100.0) for o in OUTCOMES}
    g = gains(table, packages, effects, base, draws)
    rmse = {o: np.zeros(len(packages)) for o in OUTCOMES}
    return table, packages, worlds, draws, effects, base, g, rmse


def test_gains_by_hand() -> None:
    table, packages, _, draws, _, _, g, _ = _made()
    i = packages.index(package(2, 1))
    w = 1 + 2 * draws.column("USA: usbp")
    assert g[:, 0, i] == pytest.approx(w * 50 / 10 + 2 * -1)
    gift, money = 4 * draws.column("MEX: gift"), 1 + draws.column("MEX: money")
    cost = -2 + draws.column("return: money of MEX")
    assert g[:, 1, i] == pytest.approx(gift * 3 + money * (1 + cost))
    assert not g[:, :, 0].any()
    assert moneys(table, packages, draws, "USA")[:, i] == pytest.approx(-1)


def test_half_delivered_is_half_of_terms_and_money() -> None:
    table, packages, _, draws, effects, base, full, _ = _made()
    half = gains(table, packages, effects, base, draws, {"USA": 0.5})
    i = packages.index(package(0, 1))
    assert half[:, :, i] == pytest.approx(full[:, :, i] / 2)


def test_the_answer_obeys_its_rules() -> None:
    table, packages, worlds, draws, effects, _, g, rmse = _made()
    made = answer(table, packages, g, effects, rmse, draws)
    mean = g.mean(axis=0)
    for rule in ("nash", "kalai_smorodinsky"):
        for i in made.choice(rule).packages:
            assert bargain.zone(mean)[i]
            assert made.efficient[i]
    assert made.any_zone >= made.zone.max()
    assert made.mixed_zone >= made.any_zone
    assert made.zone[0] == 0
    # MEX alone pays for returns: refused unless it is paid
    fix = next(f for f in made.fixes if packages[f.package] == package(2, 0))
    assert (fix.payer, fix.payee) == ("USA", "MEX")
    assert fix.least == pytest.approx(-mean[1, fix.package] / 1.5, rel=0.02)
    assert fix.least < fix.most
    found = matters(table, made, draws, worlds)
    assert {m.name for m in found} == {*draws.names, "return.strength"}
    # the effect was set by hand, so the model's number cannot move anything but by chance
    assert not next(m for m in found if m.name == "return.strength").flips


def test_nothing_wanted_no_deal() -> None:
    table, packages, _, draws, effects, _, g, rmse = _made()
    made = answer(table, packages, -np.abs(g), effects, rmse, draws)
    assert made.any_zone == 0
    assert all(c.packages == () for c in made.choices)
    assert not made.fixes


def test_a_rise_of_people_waiting_or_of_deaths_is_marked() -> None:
    table, packages, _, draws, effects, _, g, rmse = _made()
    effects["stranded"][3] = 0.02
    effects["deaths"][4] = 0.02
    effects["deaths"][5] = 0.005
    rmse["deaths"][:] = 0.01
    made = answer(table, packages, g, effects, rmse, draws)
    assert made.raised == ((), (), (), ("stranded",), ("deaths",), ())


def test_gains_within_the_emulators_error_are_nothing() -> None:
    table, _, _, draws, _, base, g, rmse = _made(effect=-0.01)
    rmse["usbp"][:] = 0.02
    kept = certain(table, g, rmse, base, draws)
    assert (kept[:, 0, 2] == 0).all()
    assert (kept[:, 1] == g[:, 1]).all()
    rmse["usbp"][:] = 0.0
    assert (certain(table, g, rmse, base, draws) == g).all()


def test_protection_law_is_hard_by_default() -> None:
    table = load_table("december-2023")
    broken = [p for p in table.all_packages() if forbidden(table, p)]
    assert broken
    assert all(c.hard and c.kind == "law" for p in broken for _, c in forbidden(table, p))
    assert all(p.levels[-1] == 1 for p in broken)


def test_ceilings_and_budgets() -> None:
    table = small_table()
    parties = [p.model_dump() for p in table.parties]
    made = {"name": "x", "name_es": "x", "source": "assumption", "grade": "M"}
    parties[0]["constraints"] = [
        {"id": "waits", "kind": "protection", "outcome": "stranded", "at_most": 1.1, **made},
        {"id": "purse", "kind": "budget", "outcome": "money", "at_most": 0.5, **made},
    ]
    table = small_table(parties=parties)
    packages = table.all_packages()
    effects = no_effects(len(packages), 2)
    effects["stranded"][2] = [0.1, 0.2]
    broken = over_ceiling(table, packages, effects, draw(table, 2, 50))
    ids = [[c.id for _, c in b] for b in broken]
    assert ids == [[], ["purse"], ["waits"], ["purse"], [], ["purse"]]


def test_where_a_deal_breaks() -> None:
    shares = np.array([1.0, 0.5, 0.0])
    assert _breaks(shares, np.array([2.0, 1.0, -1.0])) == pytest.approx(0.25)
    assert _breaks(shares, np.array([2.0, 1.0, 0.5])) is None
    assert _breaks(shares, np.array([-1.0, -2.0, -3.0])) == 1.0


def test_when_default_would_be_seen() -> None:
    table = small_table()
    names = tuple(OUTCOMES)
    kept = np.full((10, 2, len(names)), 100.0)
    broken = kept.copy()
    broken[:, 1, names.index("encounters")] = 200.0
    of = np.zeros(10, np.int64)
    lags = {
        "mexico.events.total": 60,
        "cbp.swb.encounters.total": 20,
        "panama.darien.total": 30,
    }
    seen = watch(table, "MEX", Outcomes(names, of, kept, ()), Outcomes(names, of, broken, ()), lags)
    assert (seen.outcome, seen.month) == ("encounters", date(2023, 2, 1))
    assert seen.day == date(2023, 3, 20)
    same = watch(table, "MEX", Outcomes(names, of, kept, ()), Outcomes(names, of, kept, ()), lags)
    assert same.day is None
    assert same.chance == 0.5
    assert _apart([1, 2], [3, 4]) == 1.0
