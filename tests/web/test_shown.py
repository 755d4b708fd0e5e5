"""Numbers of the page that were wrong and looked right: each as seen, and what is shown now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from corredor.ports.freight import claims
from corredor.web.views.answers import answer
from corredor.web.views.sources import one_series, sources
from corredor.web.world import World
from tests.present.test_shown import values_of
from tests.web.made import comparison
from tests.web.test_compared import ASKED, points


@pytest.fixture
def world(app: Any) -> Any:
    return app.app.state.server.world


@pytest.fixture(scope="module")
def then(settings: Any) -> World:
    """The page of 27 December 2023."""
    return World(replace(settings, as_of=date(2023, 12, 27)))


def from_nothing(**differences: float) -> dict[str, Any]:
    """An answer in which outcomes of which there are none as published come to be."""
    made = comparison(ASKED, 0)
    for row in made["table"]:
        d = differences.get(row["outcome"].replace("-", "_"))
        row["median"] = 0.0 if d else row["median"]
        if row["scenario"] == "what-if":
            row |= {"difference": d or 0.0, "difference_low": d or 0.0, "difference_high": d or 0.0}
    return made


def test_what_comes_from_nothing_is_a_difference(world: Any) -> None:
    """A closure that closes for days what was never closed: "Nothing differs", said the page."""
    view = answer(world, "what-if", from_nothing(closed_days=5.0, goods_delayed=2e6), "en")
    drawn = {n: p["said"] for n, p in points(view).items() if p["over"]}
    assert len(drawn) == 2
    assert "+US$2.0 million" in drawn.values()
    told = " ".join(b.get("text", "") for b in view.content["blocks"])
    assert "Nothing differs" not in told
    same = answer(world, "what-if", from_nothing(), "en")
    assert any(b.get("text", "").startswith("Nothing differs") for b in same.content["blocks"])


def test_the_page_of_a_comparison_draws_what_comes_from_nothing() -> None:
    from types import SimpleNamespace

    from corredor.i18n import translator
    from corredor.present.comparison import _relative
    from corredor.questions.outcomes import OUTCOMES

    none = {"difference": None, "difference_low": None, "difference_high": None}
    five = {"difference": 5.0, "difference_low": 5.0, "difference_high": 6.0}
    rows = [
        {"outcome": "closed-days", "scenario": "a", "median": 0.0, **none},
        {"outcome": "closed-days", "scenario": "b", "median": 5.0, **five},
    ]
    made = SimpleNamespace(scenarios=("a", "b"), table=lambda _: pl.DataFrame(rows), known=OUTCOMES)
    (point,) = _relative(made, translator("en"), 0.8)  # type: ignore[arg-type]
    assert point["beyond"]
    assert point["said"] == "→ +5 days"


def test_of_people_there_are_whole_ones_and_little_money_is_not_none(world: Any) -> None:
    made = from_nothing()
    for row in made["table"]:
        if row["scenario"] == "what-if":
            if row["outcome"] == "deaths":
                row |= {"difference": 7.53, "difference_low": 0.2, "difference_high": 12.4}
            if row["outcome"] == "delay-cost":
                row |= {"median": 640.0, "difference": 640.0, "difference_low": 0.0}
    cells = {
        r[0]: r[1:]
        for b in answer(world, "what-if", made, "en").content["blocks"]
        if b["kind"] == "table"
        for r in b["rows"]
    }
    deaths = next(v for k, v in cells.items() if "deaths" in k.lower())
    assert deaths[2:4] == ["+8", "+<1 to +12"]
    cost = next(v for k, v in cells.items() if k.startswith("Cost of delay"))
    assert cost[1:3] == ["<US$1,000", "+<US$1,000"]


def test_trains_are_not_hidden_as_people_are(world: Any) -> None:
    """Six trains a day stood as "under 10", and cars with goods of US$0."""
    none = {"wait_hours": 0.0, "closed_days": 0.0, "worst": 0.0, "delayed": 0.0, "a_day": 6.2}
    ids = ("laredo-rail", "calexico-cars", "tecate-pedestrians", "laredo-world-trade-bridge")
    result = {
        "start": "2026-09-01",
        "days": 62,
        "members": 48,
        "by_day": [],
        "claims": [],
        "total": {k: [0.0, 6.0, 7.4] for k in ("goods_delayed", "delay_cost", "officer_hours")},
        "crossings": [{**none, "crossing": i} for i in ids],
    }
    items = answer(world, "ports", result, "en").content["blocks"]
    rows = next(b["rows"] for b in items if b["kind"] == "table")
    assert sorted((r[1], r[-1]) for r in rows) == [
        *[("6", "US$0")] * 2,
        ("6", "–"),
        ("under 10", "–"),
    ]
    hours = next(b["items"][2] for b in items if b["kind"] == "numbers")
    assert (hours["value"], hours["range"]) == ("6", "0 – 7")


def test_a_claim_is_listed_once_and_goods_are_no_loss(world: Any) -> None:
    """Union Pacific's claim stood there twice, beside the value of goods of twelve months."""
    frame = claims(world.store, world.corridor, date(2023, 10, 1), 92)
    assert frame["value"].to_list() == [200e6]
    made = from_nothing() | {"claims": frame.to_dicts()}
    (row,) = next(
        b["rows"]
        for b in answer(world, "what-if", made, "es").content["blocks"]
        if b["kind"] == "table" and b["label"] == "Lo que afirmaron las partes"
    )
    assert "Union Pacific" in row[0]
    assert "claims a hit" not in row[0]
    assert row[1] == "US$200.0 millones por día"


def test_sources_of_a_day_hold_what_was_published_by_then(then: World) -> None:
    """Periods reached to 2026 and figures were counted that nobody had seen."""
    rows = {r["series"]: r for g in sources(then, "en").content["groups"] for r in g["rows"]}
    assert rows["cbp.swb.encounters.total"]["period"] == "Oct 2017 – Nov 2023"
    held = then.store.figures("cbp.swb.encounters.total", as_of=then.as_of).height
    assert rows["cbp.swb.encounters.total"]["figures"] == f"{held:,}"
    for row in rows.values():
        assert int(row["period"][-4:]) <= 2023, row


def charted(world: Any, series: str) -> dict[str, list[float]]:
    """Values that the page of a series draws, by line."""
    view = one_series(world, "en", series)
    if not view.content["series_chart"]:
        return {}
    out: dict[str, list[float]] = {}
    for row in values_of(view.charts["series"].spec):
        out.setdefault(row["name"], []).append(row.get("value"))
    assert len(view.content["series_legend"]) == (len(out) if len(out) > 1 else 0)
    return out


def test_different_things_are_not_added_up_in_a_chart(world: Any) -> None:
    """Three stages of one process made 11,270 people; trucks, trains and people 20.8 million."""
    stages = charted(world, "ohss.chnv.total")
    assert len(stages) == 3
    assert max(v[-1] for v in stages.values()) == 9170
    assert "Trucks" in charted(world, "bts.crossings")
    assert len(charted(world, "cbp.texas_bridges")) == 5
    assert charted(world, "panama.flow.points") == {}  # its rows hold one another


def test_a_component_that_is_no_longer_published_is_no_fall(world: Any) -> None:
    """Since June 2025 the Border Patrol alone is published by nationality."""
    parts = charted(world, "cbp.swb.encounters.nationality")
    assert set(parts) == {"USBP", "OFO"}
    whole = charted(world, "cbp.swb.encounters.total")
    assert next(iter(whole.values()))[-1] == 12242


def test_monthly_sums_of_the_command_keep_different_things_apart() -> None:
    from click.testing import CliRunner

    from corredor.cli import _cli

    said = CliRunner().invoke(
        _cli,
        ["figures", "show", "bts.crossings", "--monthly", "--start", "2025-02", "--csv"],
        standalone_mode=False,
    )
    frame = pl.read_csv(said.stdout.encode())
    assert frame.filter(pl.col("measure") == "Trucks")["value"].to_list() == [591249]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_day_with_too_few_figures_is_told_and_not_fitted_for_ever(
    settings: Any, lane: Any, lang: str
) -> None:
    """In 2019 the page said "being made" without end, and two views were errors for programs."""
    from fastapi.testclient import TestClient

    from corredor.web.app import make_app
    from corredor.web.tasks import LANES

    lanes = dict.fromkeys(set(LANES.values()), lane)
    made = make_app(
        replace(settings, as_of=date(2019, 6, 15), timeout=600.0), lanes=lanes, prepare=False
    )
    said = {"en": "Too few figures had been published by 15 June 2019", "es": "muy pocas cifras"}
    with TestClient(made, base_url="http://127.0.0.1") as client:
        for view in ("now", "next", "map", "what-if", "ports", "record", "table", "sources"):
            answer = client.get(f"/{lang}/{view}")
            assert answer.status_code == 200, view
            assert said[lang] in answer.text, view
            assert "being made" not in answer.text
            assert "<progress" not in answer.text or view in ("record", "table")
        assert "524,215" in answer.text or "524,215" in client.get(f"/{lang}/ports").text
        shown = client.get(f"/api/v1/views/ports?lang={lang}")
        assert shown.status_code == 200


def test_a_text_on_the_page_of_a_past_day_is_of_that_day(settings: Any, lane: Any) -> None:
    """It was read as of today: "last month" in 2026, on a page of 2023."""
    from fastapi.testclient import TestClient

    from corredor.web.app import make_app
    from corredor.web.tasks import LANES

    lanes = dict.fromkeys(set(LANES.values()), lane)
    made = make_app(
        replace(settings, as_of=date(2023, 12, 27), timeout=600.0), lanes=lanes, prepare=False
    )
    asked = {"text": "Last month 191,106 people crossed between the ports."}
    with TestClient(made, base_url="http://127.0.0.1") as client:
        assert "Without a day, 27 December 2023 is taken" in client.get("/en/record").text
        assert "27 de diciembre de 2023" in client.get("/es/record").text
        job = client.post("/api/v1/check", json=asked).json()
        later = client.post("/api/v1/check", json={**asked, "published": "2024-02-01"})
    params = made.app.state.server.jobs.find(job["id"]).params
    assert params["published"] == "2023-12-27"
    assert later.status_code == 422
    assert "this page of 2023-12-27" in later.text


def test_ports_closed_on_a_past_day_are_listed(then: World) -> None:
    """A closure was in no row before it had ended: Lukeville, on 27 December 2023."""
    from corredor.present.sections.trade import trade

    rows = {r["place"]: r["dates"] for r in trade(then.context("en"))["closures"]}
    assert rows["Lukeville, Arizona"] == "since 4 Dec 2023"
    assert rows["Eagle Pass rail bridge"] == "from 18 Dec 2023, opened again 22 Dec 2023"
    places = [r["place"] for r in trade(then.context("es"))["closures"]]
    assert len(places) == len(rows) + 3  # a bridge, a gate and a state, closed twice each


def test_a_form_of_a_past_day_knows_no_later_end(then: World) -> None:
    """On 27 December 2023 it told that PedWest would open on 3 January."""
    from corredor.web.views.what_if import what_if

    for m in what_if(then, "en").content["measures"]:
        assert "2024" not in m["dates"], m
        assert "2025" not in m["dates"], m
        assert m["end"] <= "2023-12-27"


def test_what_is_held_against_a_forecast_is_of_late(world: Any) -> None:
    """Counts of April and May 2025 stood there as "the newest month counted" in 2026."""
    from corredor.web.views.now import against_forecast

    ctx = world.context("en")
    rows = {r["checkpoint"]: r["month"] for r in against_forecast(ctx, world)}
    assert all(int(month[-4:]) >= 2025 for month in rows.values())
    assert "Darién, northbound" not in rows
    assert rows["US Border Patrol, southwest"] == "Aug 2026"
