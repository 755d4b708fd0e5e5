"""What the release carries is the fit of what it ships, and is used for nothing else."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from corredor.inference import release as releases
from corredor.inference.cache import cached_dynamics, cached_lag, fit_result
from corredor.inference.fit import continued
from corredor.inference.panel import read_panel

REMAKE = "figures, corridor or code changed since: run make release, and commit what it writes"


@pytest.fixture(scope="module")
def carried():
    found = releases.release()
    assert found is not None, REMAKE
    return found


def test_the_release_carries_the_fit_of_its_figures_corridor_and_code(carried, store, americas):
    assert fit_result(store, americas).content in carried.files, REMAKE
    panel, dynamics = cached_dynamics(store, americas)
    assert dynamics.report.get("release") == carried.made.isoformat(), REMAKE
    for leg in americas.observed().legs:
        assert cached_lag(store, americas, leg).report.get("release"), REMAKE
    assert panel.months[-1] >= date(2026, 7, 1)


def test_a_fit_read_from_the_release_says_so(carried, fitted):
    assert fitted.report["release"] == carried.made.isoformat(), REMAKE
    assert carried.known <= carried.made


def test_its_best_fit_has_the_density_that_it_reports(carried, fitted):
    model = fitted.model
    loss = float(model.loss(fitted.best, model.data(), model.no_shift(fitted.best)))
    assert loss == pytest.approx(fitted.report["loss"], abs=1.0)
    worse = {**fitted.best, "port_km.ofo": fitted.best["port_km.ofo"] + 0.05}
    assert float(model.loss(worse, model.data(), model.no_shift(worse))) > loss + 10.0


def test_its_expected_counts_are_those_counted(carried, fitted):
    best, draws = fitted.means()
    for name, months in (("usbp", (date(2022, 5, 1), date(2023, 9, 1), date(2024, 6, 1))),):
        for month in months:
            at = fitted.months.index(month)
            rows = fitted.observed.rows[name]
            counted = rows.value[len(fitted.observed.nations), at]
            remainder = rows.member[len(fitted.observed.nations)] > 0
            named = np.nansum(rows.value[: len(remainder)][~remainder, at])
            total = best[name][:, at].sum()
            assert total == pytest.approx(counted + named, rel=0.1)
            assert draws[name][:, :, at].sum(axis=1).std() < 0.1 * total


def test_its_chains_agreed(carried, store, americas):
    _, dynamics = cached_dynamics(store, americas)
    assert dynamics.report["largest_rhat"] <= 1.05
    assert dynamics.report["divergences"] <= 5


def test_the_release_is_small(carried):
    sizes: dict[str, int] = {}
    for name in set(carried.files.values()):
        corridor = name.partition("-")[0]
        sizes[corridor] = sizes.get(corridor, 0) + (releases.FOLDER / name).stat().st_size
    assert set(sizes) == {"americas", "mediterranean"}
    assert max(sizes.values()) <= 3_000_000


def test_other_figures_are_not_answered_by_the_release(carried, store, americas):
    early = fit_result(store, americas, as_of=date(2023, 12, 27))
    assert early.content not in carried.files
    assert fit_result(store, americas, seed=2).content not in carried.files
    assert fit_result(store, americas, draws=4).content not in carried.files


def test_a_past_day_never_begins_with_what_came_after(carried):
    assert carried.start("americas", "fit", date(2023, 12, 27)) is None
    assert carried.start("americas", "fit", None) is not None
    assert carried.start("elsewhere", "fit", None) is None


def test_a_day_on_which_the_same_was_known_is_the_same_fit(carried, store, americas):
    today = fit_result(store, americas, as_of=date.today())
    assert today.content == fit_result(store, americas).content
    assert read_panel(store, americas, date.today()).months[-1] >= date(2026, 7, 1)


def test_an_earlier_fit_goes_on_for_more_months_and_no_other_shape():
    start = {"path": np.array([[1.0, 2.0]]), "one": np.array(3.0), "own": np.array([4.0])}
    like = {"path": np.zeros((1, 4)), "one": np.zeros(()), "own": np.zeros(1)}
    found = continued(start, like)
    assert found["path"].tolist() == [[1.0, 2.0, 2.0, 2.0]]
    assert (float(found["one"]), found["own"].tolist()) == (3.0, [4.0])
    with pytest.raises(ValueError, match="'path' is of other nationalities"):
        continued(start, {**like, "path": np.zeros((2, 4))})
    with pytest.raises(ValueError, match="'path' is of other nationalities"):
        continued(start, {**like, "path": np.zeros((1, 1))})
