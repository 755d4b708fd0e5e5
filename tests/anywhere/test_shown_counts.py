"""Counts over stated periods: shown with their source, read by no model."""

from __future__ import annotations

from datetime import date

import pytest

from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.i18n import translator
from corredor.inference.gates import stages
from corredor.present.context import Context
from corredor.present.ledger import Ledger
from corredor.present.sections.latest import latest
from tests.anywhere.made import counts_only, write
from tests.present.made import made_inputs

_SERIES = """- id: back
  title: {en: People who turn back, es: Personas que regresan}
  publisher: A ministry
  counts: people
  period: range
  lag_days: 10
"""


def test_southbound_return_is_a_checkpoint_that_no_model_reads(americas):
    o = americas.observed()
    south = {p.checkpoint for p in o.shown}
    assert south == {"southbound_panama", "southbound_costa_rica"}
    assert not south & {c.id for s in stages(o) for c in s.points}
    assert not south & set(o.counted)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_brief_shows_them_with_period_and_source(store, lang):
    inputs = made_inputs(date(2026, 6, 30))
    ctx = Context(inputs, Ledger(store, inputs.as_of), translator(lang))
    rows = latest(ctx)["points"]
    whole = next(r for r in rows if r["value"] == ctx.whole(22_833))
    assert whole["period"] == f"{ctx.date(date(2025, 1, 1))} – {ctx.date(date(2025, 12, 31))}"
    assert "qcostarica" in whole["source"]
    more = next(r for r in rows if r["value"].endswith(ctx.whole(7_700)))
    assert more["value"].startswith({"en": "more than", "es": "más de"}[lang])
    before = Context(
        made_inputs(date(2025, 6, 1)), Ledger(store, date(2025, 6, 1)), translator(lang)
    )
    assert not any(r["value"] == ctx.whole(22_833) for r in latest(before)["points"])


def test_points_of_ones_own_need_no_route_and_no_month(tmp_path):
    folder = counts_only(tmp_path, ["north"], ["GIN"])
    corridor = (folder / "corridor.yaml").read_text("utf-8")
    series = (folder / "series.yaml").read_text("utf-8") + _SERIES
    more = "shown:\n  - {checkpoint: south, series: back}\n"
    seen = (folder / "observations.yaml").read_text("utf-8") + more
    write(folder, {"series.yaml": series, "observations.yaml": seen})
    with pytest.raises(CorredorError, match="there is no checkpoint 'south'"):
        load_corridor(folder)
    label = "  south: {label: {en: Southbound, es: Hacia el sur}}\n"
    write(folder, {"corridor.yaml": corridor + label})
    (folder / "figures" / "back.csv").write_text(
        "series,start,end,value\nback,2024-01-01,2024-12-31,900\nback,2025-01-01,2025-02-10,40\n"
    )
    made = load_corridor(folder).observed()
    assert [p.checkpoint for p in made.shown] == ["south"]
    assert made.points == ("north",)
    with Store.open(folder=folder) as store:
        assert store.figures("back")["value"].to_list() == [900, 40]
