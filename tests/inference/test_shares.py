"""Shares read from the counts."""

from __future__ import annotations

from datetime import date

import numpy as np

from corredor.inference.drivers import BorderTree
from corredor.inference.shares import household_shares, location_shares
from corredor.months import month_range

NATIONS = ("VEN", "MEX", "ROU", "OOO")
MONTHS = month_range(date(2023, 1, 1), date(2025, 12, 1))


def test_shares_add_to_one_and_hold_after_the_last_figure(store, americas):
    o = americas.observed()
    share = household_shares(store, o.split("household"), NATIONS, MONTHS)
    assert np.allclose(share.sum(axis=1), 1.0)
    last = MONTHS.index(date(2025, 5, 1))
    assert (share[:, :, last + 1 :] == share[:, :, last : last + 1]).all()


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
    tree = BorderTree.of(americas)
    border = {r.id for r in americas.routes if r.checkpoint in ("usbp", "ofo")}
    assert set(tree.leaves) == border
    assert all(tree.sector)
    # every leaf hangs on exactly one edge out of the last place all share
    top = [r for r in americas.routes if r.start == "mexico_city" and r.id in tree.edges]
    reached = sorted(leaf for r in top for leaf in tree.edges[r.id])
    assert reached == list(range(len(tree.leaves)))
