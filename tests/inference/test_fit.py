"""The fit: it reproduces what was counted, uses only what was known, and says how well."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from corredor.engine.run import run
from corredor.errors import CorredorError
from corredor.inference import fit as fitting
from corredor.inference.fit import fit_months
from corredor.inference.kernels import first_legs, passage_kernels
from corredor.inference.observations import observe
from corredor.months import month_range

OFFICIAL = {
    "darien": "panama.darien.total",
    "honduras": "honduras.entries.total",
    "mexico": "mexico.events.total",
}


def test_the_fit_converges_and_says_so(fitted):
    assert fitted.report["converged"]
    assert fitted.report["largest_gradient"] < 0.5
    assert len(fitted.draws) >= 8


class _Search:
    """A search that ends well at its ``last`` time, and goes one further each time."""

    def __init__(self, last: int) -> None:
        self.last, self.times = last, 0

    def minimise(self, theta, data, shift, limit, free, level):
        self.times += 1
        found = SimpleNamespace(
            success=self.times == self.last, nit=limit, jac=np.array([-3.0, 2.0])
        )
        return theta + 1, found


@pytest.fixture
def searches(monkeypatch):
    """Put a made search in the place of the fit's; returns where each was set up, and its seed."""
    begun = []

    def put(search):
        def at(model, theta, data, shift, seed):
            begun.append((theta, seed))
            return search

        monkeypatch.setattr(fitting._Problem, "at", at)
        search.rescaled = lambda *where: at(None, *where)
        monkeypatch.setattr(fitting, "_free", lambda theta: None)
        return begun

    return put


def test_a_fit_is_taken_up_again_until_it_has_converged(searches):
    """Each time in the units of the place where it begins."""
    search = _Search(2)
    begun = searches(search)
    problem, theta, found, steps = fitting._converged(None, 0, None, None, 5)
    assert problem is search
    assert (theta, steps, np.abs(found.jac).max()) == (2, 2 * fitting._STEPS, 3.0)
    assert begun == [(0, 5), (1, 6)]


def test_a_fit_that_does_not_converge_is_refused(searches):
    begun = searches(_Search(0))
    with pytest.raises(CorredorError, match=r"not converged after 6,000 steps .*gradient 3\)"):
        fitting._converged(None, 0, None, None, 1)
    assert len(begun) == fitting._ROUNDS


@pytest.fixture(scope="module")
def four_years(americas, drivers):
    return run(americas, drivers, start=date(2021, 1, 1), days=1461, members=4, seed=1)


@pytest.mark.parametrize("checkpoint", ["darien", "honduras", "mexico", "usbp"])
@pytest.mark.parametrize("year", [2021, 2022, 2023, 2024])
def test_the_sampled_law_reproduces_yearly_counts_within_15_percent(
    four_years, store, checkpoint, year
):
    flow = four_years.flow(checkpoint)
    ours = sum(flow.values.mean(axis=0)[i] for i, p in enumerate(flow.periods) if p.year == year)
    dims = {"component": "USBP"} if checkpoint == "usbp" else {}
    series = OFFICIAL.get(checkpoint, "cbp.swb.encounters.total")
    months = store.monthly(series, start=date(year, 1, 1), end=date(year, 12, 31), **dims)
    assert months.height == 12
    assert ours == pytest.approx(months["value"].sum(), rel=0.15)


def test_people_are_conserved_over_four_years(four_years):
    assert (four_years.balance() == 0).all()


def test_the_sampled_law_agrees_with_the_fits_own_means(four_years, fitted):
    best, _ = fitted.means()
    inside = [i for i, m in enumerate(fitted.months) if 2021 <= m.year <= 2024]
    for checkpoint in ("darien", "honduras", "mexico", "usbp", "ofo"):
        sampled = four_years.flow(checkpoint).values.mean()
        assert sampled == pytest.approx(best[checkpoint].sum(axis=0)[inside].mean(), rel=0.04)


def test_monthly_errors_are_reported(fitted):
    errors = fitted.errors(date(2021, 1, 1), date(2024, 12, 31))
    assert errors.height == 5
    assert errors["relative"].max() < 0.2
    assert (errors["months"] == 48).all()


def test_the_table_holds_everybody_and_each(fitted):
    t = fitted.table()
    assert t.columns == [
        "month",
        "checkpoint",
        "nationality",
        "observed",
        "modelled",
        "low",
        "high",
    ]
    month = date(2023, 9, 1)
    here = t.filter((pl.col("month") == month) & (pl.col("checkpoint") == "darien"))
    everybody = here.filter(pl.col("nationality") == "ALL")["modelled"][0]
    assert here.filter(pl.col("nationality") != "ALL")["modelled"].sum() == pytest.approx(everybody)
    assert here.filter(pl.col("nationality") == "ALL")["observed"][0] == 75_268


def test_rows_of_the_border_count_nobody_twice(store, americas):
    """Nationalities and the remainder add up to the published components, month by month."""
    nations = tuple(dict.fromkeys(g.nationality for g in americas.groups))
    months = month_range(date(2023, 1, 1), date(2023, 12, 1))
    seen = observe(store, americas, months)
    for name, component in (("usbp", "USBP"), ("ofo", "OFO")):
        rows = seen.rows[name]
        printed = rows.value[: len(nations)]
        remainder = rows.member[len(nations)] > 0
        total = np.nansum(printed[~remainder], axis=0) + rows.value[len(nations)]
        published = store.monthly(
            "cbp.swb.encounters.total",
            start=months[0],
            end=date(2023, 12, 31),
            component=component,
        )
        assert total.tolist() == published.sort("month")["value"].to_list()
        assert np.isnan(rows.value[-1]).all()


def test_what_was_published_later_changes_nothing(store, americas):
    """A fit as of a day sees no figure of a later day."""
    day = date(2023, 12, 27)
    months = fit_months(store, americas, day)
    assert months[-1] == date(2023, 11, 1)
    seen = observe(store, americas, months, day)
    later = store.figures("mexico.events.total", as_of=day)
    assert later["published"].max() <= day
    known = set(later["start"])
    for i, month in enumerate(months):
        if month >= date(2021, 1, 1):
            assert np.isnan(seen.rows["mexico"].value[:, i]).all() == (month not in known)


def test_too_early_a_day_is_refused_in_one_sentence(store, americas):
    with pytest.raises(CorredorError, match="choose a later day"):
        fit_months(store, americas, date(2020, 12, 1))


def test_the_model_passes_people_on_as_the_kernels_say(fitted):
    theta, kernels = fitted.best, fitted.kernels
    people = np.exp(theta["log_departures"]) * fitted.model.mask[:, :, None]
    seen = np.zeros((len(fitted.observed.nations), len(fitted.months)))
    for k in range(len(seen)):
        for c in range(int(fitted.model.mask[k].sum())):
            seen[k] += kernels.entry[fitted.model.channel(k, c), 0] @ people[k, c]
    best, _ = fitted.means()
    assert best["darien"] == pytest.approx(seen, abs=1e-6)


def test_kernels_lose_nobody_and_never_look_back(americas):
    months = month_range(date(2021, 1, 1), date(2022, 6, 1))
    k = passage_kernels(americas, months)
    assert k.legs == first_legs(americas)
    for kernel in (*k.onward.values(), *k.entry.reshape(-1, len(months), len(months))):
        assert (np.triu(kernel, 1) == 0).all()
        assert kernel.sum(axis=0).max() < 1 + 1e-9
    # whoever leaves by land to the Darién in the first month has passed it within the period
    for leg, entry in zip(k.legs, k.entry, strict=True):
        passed = entry[0, :, 0].sum()
        assert passed == pytest.approx(1.0 if leg.channel == "darien" else 0.0, abs=2e-3)
    mean, spread = k.lag_days
    assert 20 < mean < 200
    assert 5 < spread < mean
