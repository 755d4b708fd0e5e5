"""What-ifs, ports and a table made by the worker's own code, small, and shown in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from corredor.i18n import LANGUAGES
from corredor.questions.compare import Measured
from corredor.web import tasks, what_if
from corredor.web.settings import Settings
from corredor.web.tasks import Bench
from corredor.web.views.answers import answer
from corredor.web.world import World

pytestmark = pytest.mark.slow

START = date(2023, 12, 1)
ASKED = {"start": "2023-12-01", "days": 31, "off": [], "changed": [], "on": []}


@pytest.fixture(scope="module")
def bench(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The worker's state, with the fit that other tests have kept."""
    return Bench(replace(settings, store=None, folder=tmp_path_factory.mktemp("real")))


@pytest.fixture(scope="module")
def world(bench: Bench) -> World:
    return World(bench.settings)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "MEMBERS", ((3, 2), (4, 2), (4, 2)))
    deal = {"members": 4, "worlds": 3, "runs": 4, "draws": 20}
    monkeypatch.setattr(tasks, "DEALS", (deal, deal))


def made(bench: Bench, kind: str, params: dict[str, Any], stage: int = 0) -> Any:
    told: list[tuple[str, float]] = []
    result = bench.make(kind, params, stage, lambda label, share: told.append((label, share)))
    assert told
    assert all(0 <= share <= 1 for _, share in told)
    return json.loads(json.dumps(result, allow_nan=False))


def shown(world: World, kind: str, result: Any) -> dict[str, list[Any]]:
    """Blocks by language."""
    return {
        lang: answer(world, kind, result, lang).to_json()["sections"]["blocks"]
        for lang in LANGUAGES
    }


def test_a_published_measure_moved_changes_its_ports(bench: Bench, world: World) -> None:
    moved = {"id": "rail-eagle-pass-2023", "start": "2023-12-10", "end": "2023-12-30"}
    none = dict.fromkeys(("strength", "more", "per_day", "officers"))
    result = made(bench, "what-if", {**ASKED, "changed": [{**moved, **none}]})
    rows = {(r["outcome"], r["scenario"]): r for r in result["table"]}
    assert rows["closed-days", "what-if"]["difference"] > 10
    assert rows["people-usbp", "what-if"]["difference"] == 0
    assert shown(world, "what-if", result)["es"]


def test_a_base_is_made_once_and_read_back_the_same(bench: Bench) -> None:
    first = bench.comparer.base(START, 31, 0, lambda *_: None)
    kept = Bench(bench.settings)

    def fails(*_: Any, **__: Any) -> Any:
        raise AssertionError("the base is kept: nothing is simulated")

    kept.comparer._run = fails  # type: ignore[method-assign]
    again = kept.comparer.base(START, 31, 0, lambda *_: None)
    assert isinstance(again, Measured)
    assert again.to_dict() == first.to_dict()
    assert all((again.values[k] == first.values[k]).all() for k in first.values)
    assert again.by_day.equals(first.by_day)


def test_drivers_kept_are_those_that_were_made(bench: Bench) -> None:
    say: Callable[[str, float], None] = lambda *_: None  # noqa: E731
    given = (bench.study, START, 31, 2, bench.settings.seed, say)
    first = bench.comparer.drivers.get(*given)
    again = Bench(bench.settings).comparer.drivers.get(*given)
    assert len(first) == len(again)
    for one, two in zip(first, again, strict=True):
        assert one.departures.equals(two.departures)
        assert one.shares.equals(two.shares)
        assert one.outcomes.equals(two.outcomes)
        assert (one.dispersion, one.embodied) == (two.dispersion, two.embodied)


def test_ports_are_simulated_and_shown(bench: Bench, world: World) -> None:
    result = made(bench, "ports", {"start": "2023-12-01", "days": 31})
    closed = {c["crossing"]: c["closed_days"] for c in result["crossings"]}
    assert closed["lukeville-cars"] >= 25
    blocks = shown(world, "ports", result)
    assert any(b["kind"] == "table" and len(b["rows"]) > 20 for b in blocks["en"])


@pytest.mark.thorough
def test_a_table_is_answered_and_shown(bench: Bench, world: World) -> None:
    result = made(bench, "deal", {"table": "december-2023"})
    blocks = shown(world, "deal", result)
    for lang in LANGUAGES:
        kinds = {b["kind"] for b in blocks[lang]}
        assert {"table", "chart", "heading"} <= kinds
