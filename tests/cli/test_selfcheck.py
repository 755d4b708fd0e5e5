"""One question, one answer on every face."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from corredor.cli import model, selfcheck
from corredor.cli.selfcheck import Answers, ask_all
from corredor.questions.study import load


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


def test_brief_and_page_of_a_small_made_world(tmp_path: Path):
    """Two faces of one planted forecast; a sum that differs is found."""
    pytest.importorskip("fastapi", reason="the extra web is not installed")
    from corredor.web.base import keep
    from corredor.web.settings import Settings
    from corredor.web.views.ahead import ahead
    from corredor.web.world import World
    from tests.web.made import plant

    settings = Settings(folder=tmp_path / "results", store=tmp_path / "figures.duckdb")
    world = World(settings)
    plant(world)
    sheet = selfcheck._Sheet()
    selfcheck._sections(world.context("en"), "brief", sheet)
    shown = ahead(world, "en").to_json()["sections"]["forecast"]
    selfcheck._sections(world.context("en"), "page", sheet, shown)
    asked = sheet.rows
    assert len(asked) >= 15
    sums = world.table("sums")
    assert sums is not None
    odd = [q for q, r in asked.items() if not r.agree]
    assert odd == []
    keep(world.results, world.key, "sums", sums.with_columns(pl.col("q50") * 1.2))
    selfcheck._sections(World(settings).context("en"), "brief", sheet)
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


@pytest.mark.slow
def test_the_americas_have_one_answer_to_thirty_questions(fitted):
    rows = ask_all(load(), lambda *_: None)
    assert len(rows) >= 30
    assert {f for r in rows for f in r.by} >= {"Python", "command", "page", "brief"}
    assert [(r.question, r.by) for r in rows if not r.agree] == []
