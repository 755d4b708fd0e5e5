"""Shares read from the counts."""

from __future__ import annotations

from datetime import date

import numpy as np

from corredor.inference.drivers import BorderTree
from corredor.inference.gates import stages
from corredor.inference.shares import _shares, household_shares, location_shares
from corredor.months import month_range

NATIONS = ("VEN", "MEX", "ROU", "OOO")
MONTHS = month_range(date(2023, 1, 1), date(2025, 12, 1))


def test_shares_add_to_one_and_hold_after_the_last_figure(store, americas):
    o = americas.observed()
    share = household_shares(store, o.split("household"), NATIONS, MONTHS)
    assert np.allclose(share.sum(axis=1), 1.0)
    last = MONTHS.index(date(2025, 11, 1))  # the last month by household, of everybody
    assert len(MONTHS) > last + 1
    assert (share[:, :, last + 1 :] == share[:, :, last : last + 1]).all()


def test_shares_move_as_everybody_does_where_nationalities_are_not_known():
    counts = np.full((2, 2, 6), np.nan)
    counts[:, :, :3] = np.array([[300.0, 100.0], [50.0, 150.0]])[:, :, None]
    everybody = np.full((2, 6), np.nan)
    everybody[:, :3] = np.array([350.0, 250.0])[:, None]
    everybody[:, 3:5] = np.array([700.0, 125.0])[:, None]
    share = _shares(counts, everybody)
    assert np.allclose(share.sum(axis=1), 1.0)
    then, now = share[:, :, 2], share[:, :, 4]
    odds = (now[:, 0] / now[:, 1]) / (then[:, 0] / then[:, 1])
    assert np.allclose(odds, 4.0, rtol=1e-3)  # of everybody 1.4 to 1 became 5.6 to 1
    assert (share[:, :, 5] == now).all()


def test_sector_shares_follow_the_counts_of_a_large_nationality(store, americas):
    o = americas.observed()
    sectors = ("El Paso Sector", "Del Rio Sector", "Tucson Sector", "San Diego Sector")
    share = location_shares(store, o.link("usbp"), NATIONS, MONTHS, sectors)
    counted = store.monthly(
        "cbp.swb.encounters",
        by=["sector"],
        start=date(2023, 8, 1),
        end=date(2023, 10, 31),
        component="USBP",
        nationality="MEX",
    )
    total = {s: counted.filter(counted["sector"] == s)["value"].sum() for s in sectors}
    want = np.array([total[s] for s in sectors]) / sum(total.values())
    assert np.abs(share[1, :, MONTHS.index(date(2023, 9, 1))] - want).max() < 0.01


def test_the_border_tree_reaches_every_border_route(americas):
    tree = BorderTree.of(americas, stages(americas.observed())[-1])
    border = {r.id for r in americas.routes if r.checkpoint in ("usbp", "ofo")}
    assert set(tree.leaves) == border
    assert all(tree.sector)
    # every leaf hangs on exactly one edge out of the last place all share
    top = [r for r in americas.routes if r.start == "mexico_city" and r.id in tree.edges]
    reached = sorted(leaf for r in top for leaf in tree.edges[r.id])
    assert reached == list(range(len(tree.leaves)))
