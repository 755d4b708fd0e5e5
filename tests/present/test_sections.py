"""The parts of the page that choose, compare and place."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corredor.i18n import translator
from corredor.present.charts.corridor_map import place_labels
from corredor.present.charts.geometry import _signed_area, outlines
from corredor.present.charts.sparkline import sparkline
from corredor.present.charts.theme import INK, PALETTE, SOFT
from corredor.present.context import Context, minus_months
from corredor.present.ledger import Ledger
from corredor.present.results import surprises
from corredor.present.sections.fitted import monthly_error
from corredor.present.sections.forecast import record, record_sentence
from corredor.present.sections.latest import Latest, Line, _standing, change
from tests.present.made import made_inputs


@pytest.fixture
def ctx(store_file: Path) -> Context:
    inputs = made_inputs(date(2024, 12, 31), store_file)
    return Context(inputs, Ledger(inputs.store, inputs.as_of), translator("en"))


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [
        (110, 100, "+10%"),
        (90, 100, "−10%"),
        (5, 12, "−7"),
        (12, 5, "+7"),
        (5000, 100, "× 50"),
        (73, 29259, "−99.8%"),
        (0, 29259, "−100%"),
        (5, None, "–"),
        (3, 0, "+3"),
    ],
)
def test_change(ctx: Context, value: float, base: float | None, text: str) -> None:
    assert change(ctx, value, base) == text


def test_intervals_of_small_numbers(ctx: Context) -> None:
    assert ctx.about(9.4) == "under 10"
    assert ctx.span(0.0, 3.0) == "under 10"
    assert ctx.span(2.0, 3456.0).replace("\u2060", "") == "<10–3,500"
    assert ctx.span(0.0, 3456.0).replace("\u2060", "") == "0–3,500"
    assert ctx.about(None) == "–"


def test_monthly_error_counts_only_months_with_a_figure() -> None:
    table = pl.DataFrame({"observed": [100.0, None, 300.0], "modelled": [110.0, 999.0, 270.0]})
    assert monthly_error(table) == pytest.approx(40 / 400)
    assert monthly_error(table.filter(table["observed"].is_null())) is None


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-400, 400))
def test_months_go_back_and_forth(day: date, n: int) -> None:
    month = day.replace(day=1)
    assert minus_months(minus_months(month, n), -n) == month


def test_ledger_remembers_what_was_read(ctx: Context) -> None:
    assert ctx.ledger.figures("panama.darien.total") is not None
    assert ctx.ledger.monthly("no.such.series") is None
    assert list(ctx.ledger.used) == ["panama.darien.total"]
    vintage = ctx.ledger.vintage("panama.darien.total")
    assert vintage is not None
    assert vintage.published <= date(2024, 12, 31)


def test_outlines_stay_in_the_frame_and_run_clockwise() -> None:
    frame = (-118.0, 5.0, -70.0, 34.0)
    shapes = outlines(frame)
    assert len(shapes) > 10
    for shape in shapes:
        for ((*ring,),) in shape["geometry"]["coordinates"]:
            points = [(x, y) for x, y in ring]
            assert points[0] == points[-1]
            assert all(-118.01 <= x <= -69.99 and 4.99 <= y <= 34.01 for x, y in points)
            assert _signed_area(points[:-1]) <= 0


def test_labels_do_not_collide() -> None:
    rows = [
        {"place": f"p{i}", "name": "Somewhere", "lon": -90 + 0.1 * i, "lat": 15, "median": 10 - i}
        for i in range(5)
    ]
    assert place_labels(rows, (-100, 10, -80, 20), 1000, 9) == {"p0"}
    apart = [{**r, "lon": -99 + 3 * i} for i, r in enumerate(rows)]
    assert len(place_labels(apart, (-100, 10, -80, 20), 1000, 9)) == 5
    assert place_labels(apart, (-100, 10, -80, 20), 1000, 2) == {"p0", "p1"}


def test_sparkline_shows_gaps_and_escapes_its_label() -> None:
    drawn = sparkline([1, 2, None, 4, None, 6, 7], 'a "label" <b>')
    assert drawn.count("<polyline") == 3
    assert "<b>" not in drawn
    assert sparkline([None, 1.0], "one point") == ""


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [INK, SOFT, "#00588a"])
@pytest.mark.parametrize("ground", ["#ffffff", "#f4f6f7"])
def test_text_stands_out(colour: str, ground: str) -> None:
    assert (_luminance(ground) + 0.05) / (_luminance(colour) + 0.05) >= 4.5


def test_palette_colours_differ() -> None:
    assert len(set(PALETTE.values())) == len(PALETTE)


def test_charts_are_valid(ctx: Context) -> None:
    """Every kind of chart follows the schema of Vega-Lite."""
    import altair as alt

    from corredor.present.sections.deaths import deaths
    from corredor.present.sections.fitted import fitted
    from corredor.present.sections.forecast import forecast
    from corredor.present.sections.measures import measures
    from corredor.present.sections.people import people
    from corredor.present.sections.trade import trade

    for section in (people, fitted, forecast, measures, trade, deaths):
        assert section(ctx)
    kinds = {name.split("-")[0]: chart for name, chart in ctx.charts.items()}
    assert set(kinds) == {"map", "fit", "fan", "timeline", "ports", "goods", "deaths"}
    for chart in kinds.values():
        alt.Chart.from_dict(chart.spec).to_dict()
        assert chart.spec["width"] == "container"
        assert "http" not in str(chart.spec)


def test_bars_of_a_lane_share_rows_without_meeting() -> None:
    from corredor.present.sections.measures import _pack

    spans = [(2020, 2022), (2021, 2021), (2023, 2024), (2023, 2023)]
    items = [{"start": date(a, 3, 1), "end": date(b, 6, 1)} for a, b in spans]
    assert [i["row"] for i in _pack(items, 7)] == [7, 8, 7, 8]


def test_a_fan_is_cut_only_where_its_outer_band_would_dwarf_the_rest() -> None:
    from corredor.present.charts.counts import _top

    past = [{"observed": 100}, {"observed": None}]
    assert _top(past, [{"q90": 80, "q975": 140}]) is None
    assert _top(past, [{"q90": 200, "q975": 900}]) == pytest.approx(220)
    assert _top([], [{"q90": 0, "q975": 5}]) is None


@pytest.mark.parametrize(
    ("ours", "coverage", "words"),
    [
        (1.0, 0.8, "They were more accurate than the best simple method at 6 of 6 horizons"),
        (9.0, 0.8, "They were less accurate than the best simple method at every horizon"),
        (
            1.0,
            0.4,
            "In 144 past forecasts of this border the 80% interval held the later count in only",
        ),
    ],
)
def test_the_record_is_told_as_it_is(
    store_file: Path, ours: float, coverage: float, words: str
) -> None:
    rows = [
        ("total", h, model, crps, 10.0, coverage, 24)
        for h in range(1, 7)
        for model, crps in (("corredor", ours), ("seasonal naive", 2.0))
    ]
    names = ["checkpoint", "horizon", "model", "crps", "observed", "coverage80", "n"]
    inputs = made_inputs(
        date(2024, 12, 31), store_file, skill_table=pl.DataFrame(rows, schema=names, orient="row")
    )
    shown = Context(inputs, Ledger(inputs.store, inputs.as_of), translator("en"))
    assert words in record_sentence(shown)


def test_errors_of_the_record_are_read_at_the_level_of_today(store_file: Path) -> None:
    """13,720 of months with 180,000 said nothing beside a forecast of 7,300."""
    names = ["checkpoint", "horizon", "model", "crps", "observed", "coverage80", "n"]
    rows = [("usbp", 1, "corredor", 13_720.0, 171_500.0, 0.8, 41)]
    table = pl.DataFrame(rows, schema=names, orient="row")
    inputs = made_inputs(date(2024, 12, 31), store_file, skill_table=table)
    ctx = Context(inputs, Ledger(inputs.store, inputs.as_of), translator("en"))
    (part,) = record(ctx, ["usbp"])
    assert part["lines"][0]["scores"][0]["text"] == "8%"


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (99.0, "by less than months usually differ"),
        (80.0, "The lowest month since the series began"),
        (140.0, "The highest month since the series began"),
        (105.0, "Within the range of the twelve months before"),
    ],
)
def test_noise_is_no_news(store_file: Path, last: float, says: str) -> None:
    """ "The lowest month since April 2025" was told of a change by one per cent."""
    months = [date(2023 + i // 12, i % 12 + 1, 1) for i in range(24)]
    history = {m: 100.0 + 10 * (i % 2) for i, m in enumerate(months)} | {date(2025, 1, 1): last}
    inputs = made_inputs(date(2025, 2, 28), store_file)
    ctx = Context(inputs, Ledger(inputs.store, inputs.as_of), translator("en"))
    found = Latest(date(2025, 1, 1), last, None, None, history)
    assert says in _standing(ctx, Line("bts.crossings", "x"), found)


def test_a_surprise_of_two_years_ago_is_none_today(americas: Any) -> None:
    row = {"checkpoint": "usbp", "nationality": "VEN", "observed": 9000.0, "modelled": 2000.0}
    table = pl.DataFrame(
        [
            {**row, "month": m, "low": 1800.0, "high": 2200.0}
            for m in (date(2024, 12, 1), date(2025, 5, 1))
        ]
    )
    o = americas.observed()
    assert surprises(table, o, date(2025, 12, 31))["month"].to_list() == [
        date(2024, 12, 1),
        date(2025, 5, 1),
    ]
    assert surprises(table, o, date(2026, 8, 15))["month"].to_list() == [date(2025, 5, 1)]
    assert surprises(table, o, date(2026, 12, 15)).height == 0
