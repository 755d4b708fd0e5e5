"""One question, one answer on every face."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from corredor.cli import model, selfcheck
from corredor.cli.selfcheck import FACES, Answers, ask_all
from corredor.inference.forecast import Forecast
from corredor.months import after
from corredor.questions.study import Study, load


def test_answers_agree_when_two_give_the_same():
    assert Answers("q", {"brief": "7,300", "page": "7,300"}).agree
    assert not Answers("q", {"brief": "7,300", "page": "8,600"}).agree
    assert not Answers("q", {"brief": "7,300"}).agree
    assert not Answers("q", {"brief": "", "page": ""}).agree


@pytest.mark.parametrize(("page", "status"), [("73,000", 0), ("78,000", 1)])
def test_the_verb_fails_where_two_answers_differ(monkeypatch, page, status):
    rows = [Answers("all months", {"brief": "73,000", "page": page})]
    monkeypatch.setattr(selfcheck, "ask_all", lambda *_: rows)
    said = CliRunner().invoke(selfcheck.selfcheck, [])
    assert said.exit_code == status
    assert ("NOT" in said.stdout) == bool(status)
    plain = CliRunner().invoke(selfcheck.selfcheck, ["--json"])
    assert json.loads(plain.stdout)[0]["agree"] is not bool(status)


def made_forecast(last: date) -> Forecast:
    """A forecast of few histories, without a fit."""
    rng = np.random.default_rng(1)
    values = {
        point: rng.poisson(level, (40, 6, 2)).astype(np.int64)
        for point, level in {"darien": 30, "honduras": 900, "usbp": 4100, "ofo": 1700}.items()
    }
    values["total"] = values["usbp"] + values["ofo"]
    counted = {"darien": date(2025, 4, 1), "honduras": date(2025, 9, 1)}
    return Forecast(
        issued=None,
        last_figure=last,
        last={**counted, **dict.fromkeys(("usbp", "ofo", "total"), last)},
        months=tuple(after(last, h) for h in range(1, 7)),
        nationalities=("VEN", "OOO"),
        values=values,
        parts={},
        assumed=(),
        run=None,
    )


def test_every_face_of_a_small_made_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All four faces of one made forecast; a sum that differs is found."""
    pytest.importorskip("fastapi", reason="the extra web is not installed")
    from corredor.i18n import translator
    from corredor.present.context import Context
    from corredor.present.ledger import Ledger
    from corredor.web.base import keep
    from corredor.web.settings import Settings
    from corredor.web.views.ahead import ahead
    from corredor.web.world import World
    from tests.web.made import plant

    settings = Settings(folder=tmp_path / "results")
    world = World(settings)
    plant(world)
    made = made_forecast(world.last_figure())
    keep(world.results, world.key, "forecast", made.table())
    keep(world.results, world.key, "sums", made.sums())
    world = World(settings)
    monkeypatch.setattr(Study, "forecast", lambda *_, **__: (None, made))
    inputs = replace(world.inputs(), forecast_table=made.table(), sum_table=made.sums())
    ctx = Context(inputs, Ledger(inputs.store, inputs.as_of), translator("en"))
    sheet = selfcheck._Sheet(load().corridor)
    selfcheck._python(ctx, load(), made, sheet)
    selfcheck._sections(ctx, "brief", sheet)
    shown = ahead(world, "en").to_json()["sections"]["forecast"]
    selfcheck._sections(world.context("en"), "page", sheet, shown)
    selfcheck._now(world, sheet)
    selfcheck._command(ctx, sheet, [])
    selfcheck._newest(ctx, load(), sheet)
    of_all = [r for r in sheet.rows.values() if set(FACES) <= set(r.by)]
    assert len(of_all) >= 30
    assert [(r.question, r.by) for r in of_all if not r.agree] == []
    keep(world.results, world.key, "sums", made.sums().with_columns(pl.col("q50") * 1.2))
    later = ahead(World(settings), "en").to_json()["sections"]["forecast"]
    selfcheck._sections(ctx, "page", sheet, later)
    assert not sheet.rows["all months of total"].agree


def test_of_people_there_are_whole_ones(capsys):
    frame = pl.DataFrame({"checkpoint": ["darien"], "q50": [7196.5], "low": [12.25]})
    model._show(frame, False, whole=True)
    said = capsys.readouterr().out
    assert "7,196" in said
    assert "." not in said.replace("│", "")


def test_heads_of_a_wide_table_are_not_broken(capsys):
    names = ["month", "checkpoint", "nationality", *(f"q{i}" for i in range(7))]
    model._show(pl.DataFrame({n: [123456.0] for n in names}), False, whole=True)
    assert "checkpoint" in capsys.readouterr().out


@pytest.mark.thorough
def test_the_americas_have_one_answer_to_thirty_questions(fitted):
    rows = ask_all(load(), lambda *_: None)
    assert sum(set(FACES) <= set(r.by) for r in rows) >= 30
    assert [(r.question, r.by) for r in rows if not r.agree] == []
