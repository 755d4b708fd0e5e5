"""Months known only in part: by component, by sector, or by nationality now and then."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from corredor.inference.dynamics import arrays
from corredor.inference.effects import cells_begun
from corredor.inference.observations import observe
from corredor.inference.panel import read_panel
from corredor.months import month_range

POINTS = ("darien", "honduras", "mexico", "usbp", "ofo")
USBP, OFO = POINTS.index("usbp"), POINTS.index("ofo")
ALONE = [date(2026, 2, 1), date(2026, 5, 1), date(2026, 8, 1)]
GAP = month_range(date(2025, 6, 1), date(2026, 8, 1))


@pytest.fixture(scope="module")
def panel(store, americas):
    return read_panel(store, americas)


def test_the_panel_reaches_the_newest_month_by_component(panel, store):
    assert panel.points == POINTS
    assert panel.months[-1] == date(2026, 8, 1)
    assert panel.last["usbp"] == panel.last["ofo"] == panel.last["total"] == date(2026, 8, 1)
    assert panel.last["mexico"] == date(2025, 12, 1)  # the rest of a year known as one figure
    at = [panel.months.index(m) for m in GAP]
    for c, name in ((USBP, "USBP"), (OFO, "OFO")):
        published = store.monthly(
            "cbp.swb.encounters.total", component=name, start=GAP[0], end="2026-08"
        )
        assert panel.totals[c, at].tolist() == published["value"].to_list()
    assert (panel.totals[USBP, at] + panel.totals[OFO, at] == panel.wholes["total"][at]).all()


def test_months_without_nationalities_are_gaps_and_not_zeros(panel):
    known = [m for m in GAP if panel.known[USBP, panel.months.index(m)]]
    assert known == ALONE
    assert not panel.known[OFO, [panel.months.index(m) for m in GAP]].any()
    for month in ALONE:
        t = panel.months.index(month)
        assert panel.counts[USBP, :, t].sum() == panel.totals[USBP, t] > 5_000


def test_a_month_that_stands_alone_tells_no_change(panel, americas):
    assert panel.newest == date(2025, 5, 1)
    data = arrays(panel, cells_begun(americas, panel))
    newest = panel.months.index(panel.newest)
    assert not data["use"][:, :, newest:].any()
    assert (data["use"][USBP, :, newest - 1]).any()


def test_observations_hold_each_month_once(store, americas):
    months = month_range(date(2020, 7, 1), date(2026, 8, 1))
    seen = observe(store, americas, months)
    k = len(seen.nations)
    for month in GAP:
        m = months.index(month)
        usbp, ofo = seen.rows["usbp"].value[:, m], seen.rows["ofo"].value[:, m]
        alone = month in ALONE
        assert np.isnan(usbp[-1]) == alone  # the total, or nationalities and their rest
        assert np.isnan(usbp[k]) != alone
        assert np.isnan(ofo[:-1]).all()
        assert ofo[-1] > 2_500
        assert np.isnan(seen.rows["total"].value[0, m])  # both parts are known
        if alone:
            frame = store.monthly("cbp.swb.encounters.total", component="USBP")
            whole = frame.filter(frame["month"] == month)["value"].item()
            assert np.nansum(usbp[:k]) + usbp[k] == whole


def test_asylum_of_a_year_is_not_set_against_a_few_months(store, americas):
    months = month_range(date(2020, 7, 1), date(2026, 8, 1))
    seen = observe(store, americas, months)
    of = {
        y: seen.outcomes["mexico", "stays"][:, [i for i, m in enumerate(months) if m.year == y]]
        for y in (2024, 2025)
    }
    # UNHCR has the applications of 2025, but encounters by nationality end in May
    assert store.figures("unhcr.asylum", country="MEX", start="2025-01", end="2025-12").height
    np.testing.assert_array_equal(of[2025], of[2024])


def test_months_of_everybody_count_before_their_nationalities_do(store, americas):
    months = month_range(date(2020, 7, 1), date(2026, 8, 1))
    seen = observe(store, americas, months)
    alone = seen.rows["mexico"].value[-1]
    known = [m for m, v in zip(months, alone, strict=True) if not np.isnan(v)]
    assert known == list(month_range(date(2025, 5, 1), date(2025, 9, 1)))
    (left,) = [p for p in seen.periods if p.series == "mexico"]
    assert (months[left.first], months[left.last]) == (date(2025, 10, 1), date(2025, 12, 1))
    assert left.value == 155_730 - 135_224  # the months are kept out of the rest of the year
