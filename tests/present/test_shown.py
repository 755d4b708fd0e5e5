"""Numbers that were wrong and looked right: each as it was seen, and what is shown now."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from corredor.errors import CorredorError
from corredor.i18n import format_locale, translator
from corredor.present.charts.counts import fan, fitted, lines
from corredor.present.context import Context
from corredor.present.deal_words import DealWords
from corredor.present.labels import PORT_MEASURES
from corredor.present.ledger import Ledger
from corredor.present.results import past_record, past_skill
from corredor.present.sections.headline import compared
from corredor.present.sections.latest import latest
from corredor.present.sections.people import people
from corredor.present.sections.trade import trade
from corredor.questions.study import load
from tests.present.made import made_inputs

JAN, FEB, MAR, APR = (date(2025, m, 1) for m in range(1, 5))


@pytest.fixture
def ctx(store_file: Path) -> Context:
    inputs = made_inputs(date(2026, 11, 28), store_file)
    return Context(inputs, Ledger(inputs.store, inputs.as_of), translator("en"))


def drawn(spec: dict[str, Any], lang: str = "en") -> str:
    """The chart as a picture, whose parts are described with what the pointer is told."""
    import vl_convert

    return str(
        vl_convert.vegalite_to_svg({**spec, "width": 400}, format_locale=format_locale(lang))
    )


def values_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows that a chart is drawn from."""
    own = spec.get("data", {}).get("values") or []
    for name in spec.get("data", {}).get("name"), *spec.get("datasets", {}):
        own = own or spec.get("datasets", {}).get(name, [])
    return own or next((r for k in spec.get("layer", ()) if (r := values_of(k))), [])


def test_a_month_without_a_count_is_no_number_to_the_pointer() -> None:
    rows = [
        {"month": JAN, "observed": 25111, "modelled": 22918, "low": 21246, "high": 24253},
        {"month": FEB, "observed": None, "modelled": 7, "low": 3, "high": 12},
    ]
    text = drawn(fitted(rows, translator("en"), ""))
    assert "NaN" not in text
    assert "Observed: –" in text
    assert "Observed: 25,111" in text  # a count as it was published


def test_the_pointer_is_told_what_the_tables_say() -> None:
    """Tables had 12,000 and "under 10"; the chart beside them 12,394 and 7."""
    quantiles = ("q025", "q10", "q25", "q50", "q75", "q90", "q975")
    ahead = [{"month": FEB, **dict.fromkeys(quantiles, 12394), "q025": 7}]
    past = [{"month": date(2024, 12, 1), "observed": None}, {"month": JAN, "observed": 12242}]
    spec = fan(past, ahead, translator("es"), "")
    text = drawn(spec, "es")
    assert "NaN" not in text
    assert "Mediana: 12,000" in text
    assert "95\u202f%, desde: menos de 10" in text


def test_a_line_breaks_where_months_are_missing() -> None:
    """Honduras has no count from May to August 2025: a straight line was drawn over them."""
    rows = [{"month": m, "name": "a", "value": 5.0} for m in (JAN, APR, date(2025, 5, 1))]
    spec = lines(rows, ["a"], ["#000"], "", translator("en"), "")
    without = {r["month"][:7] for r in values_of(spec) if "value" not in r}
    assert without == {"2025-02", "2025-03"}


@pytest.mark.parametrize(
    ("value", "base", "says"),
    [
        (9, 2, "7 more than the month before"),  # not 350 %
        (73, 29259, "99.8% fewer than the month before"),  # not all
        (5000, 100, "4,900 more than the month before"),  # not 4,900 %
        (3, 0, "3 more than the month before"),
        (0, 0, "as many as the month before"),
        (112, 100, "12% more than the month before"),
        (3, None, ""),
    ],
)
def test_per_cent_is_told_of_what_is_not_small(
    ctx: Context, value: float, base: float | None, says: str
) -> None:
    assert compared(ctx, value, base, year=False) == says


def test_deaths_of_recent_months_are_compared_with_none(ctx: Context) -> None:
    """ "The lowest month since the series began" stood beside a month that is not yet complete."""
    (row,) = next(g["rows"] for g in latest(ctx)["groups"] if g["title"] == "Deaths")
    assert row["on_month"] == row["on_year"] == "–"
    assert "fill up late" in row["reading"]
    assert "lowest" not in row["reading"]


def test_measures_shown_at_ports_are_counted_in_one_way(ctx: Context) -> None:
    """853,223 loaded containers on 591,249 trucks: they are counted in another way since 2023."""
    frame = ctx.ledger.monthly("bts.crossings", by=["measure"])
    assert frame is not None
    by_year = frame.group_by("measure", pl.col("month").dt.year().alias("y")).agg(pl.sum("value"))
    for measure in PORT_MEASURES:
        mine = dict(by_year.filter(pl.col("measure") == measure).select("y", "value").iter_rows())
        assert 0.6 < mine[2024] / mine[2022] < 1.6, measure


def test_a_port_opens_on_the_day_its_closure_ends(ctx: Context) -> None:
    """The last day closed is 3 January in the timeline; the table of ports said 4 January."""
    rows = {r["place"]: r["dates"] for r in trade(ctx)["closures"]}
    assert rows["Lukeville port of entry"] == "from 4 Dec 2023, opened again 4 Jan 2024"
    assert rows["Nogales Morley Gate"] == "opened again 4 Jan 2024"
    assert "6 Apr 2022 – 15 Apr 2022" in rows.values()
    acts = {m.id: m for m in ctx.inputs.corridor.measures}
    real = {m.id: m for m in load().corridor.measures if m.kind == "closure"}
    assert acts != real
    assert date(2024, 1, 3) in {m.end for m in real.values()}


def test_places_that_nobody_counts_are_named(ctx: Context, store_file: Path) -> None:
    shown = people(ctx)
    assert shown is not None
    for name in ("Darién, northbound (April 2025)", "Mexico, events (September 2025)"):
        assert name in shown["uncounted"]
    assert "Border Patrol" not in shown["uncounted"]
    inputs = made_inputs(date(2023, 12, 27), store_file)
    then = people(Context(inputs, Ledger(inputs.store, inputs.as_of), translator("en")))
    assert then is not None
    assert then["uncounted"] == ""


def test_the_record_of_a_day_has_no_count_of_later() -> None:
    """On 27 December 2023 Mexico's November was not yet counted, and its error stood there."""
    study = load(as_of="2023-12-27")
    record = past_record(study)
    assert record is not None
    newest = dict(record.group_by("target").agg(pl.max("month")).iter_rows())
    assert newest["mexico"] == date(2023, 10, 1)
    assert newest["usbp"] == newest["total"] == newest["sector"] == date(2023, 11, 1)
    assert past_skill(load(as_of="2021-10-01")) is None


def test_a_day_to_come_is_refused() -> None:
    with pytest.raises(CorredorError, match="2099-01-01 is still to come"):
        load(as_of="2099-01-01")


@pytest.mark.parametrize(
    ("locale", "lang", "says"),
    [("", "es", "−0.25 – 1,500"), ("es-ES", "es", "−0,25 – 1.500"), ("", "en", "−0.25 – 1,500")],
)
def test_weights_of_a_table_are_written_as_numbers_are(
    monkeypatch: pytest.MonkeyPatch, locale: str, lang: str, says: str
) -> None:
    monkeypatch.setenv("CORREDOR_LOCALE", locale)
    assert DealWords({}, lang).weight({"low": -0.25, "high": 1500.0}) == says


def test_months_of_a_forecast_that_are_over_are_called_so(store_file: Path) -> None:
    """Counts that end in 2023 had, in 2026, "the next months" of 2023."""
    from corredor.present.sections.forecast import past

    def said(day: date) -> str:
        inputs = made_inputs(day, store_file)
        return past(
            Context(inputs, Ledger(inputs.store, inputs.as_of), translator("en")), date(2023, 10, 1)
        )

    assert said(date(2023, 10, 31)) == ""
    assert said(date(2026, 11, 28)).startswith("All of these months are past")
