"""A corridor of counts alone: what needs a law is refused in one sentence, by every face."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import corredor as co
from corredor.cli import _cli
from corredor.errors import CorredorError
from tests.anywhere.made import counts_only

LAW = "has no routes, and the law needs them"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return counts_only(tmp_path_factory.mktemp("counts"), ("north", "south"), ("NGA", "SDN"))


@pytest.fixture(scope="module")
def scenario(folder: Path) -> Path:
    file = folder / "what-if.yaml"
    file.write_text(f"base: {folder}\nname: other\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("fit --corridor FOLDER", LAW),
        ("run --corridor FOLDER --start 2022-01-01 --days 60", LAW),
        ("compare FILE --start 2023-01-01 --days 31", LAW),
        ("compare FILE --start 2023-01-01 --days 31 --matter encounters", LAW),
        ("lags --corridor FOLDER", "names no leg whose days can be estimated"),
        ("check --corridor FOLDER TEXT", "no figure that statements are held against"),
    ],
)
def test_the_command_refuses(folder: Path, scenario: Path, words: str, says: str) -> None:
    given = {"FOLDER": str(folder), "FILE": str(scenario)}
    given["TEXT"] = "The Border Patrol recorded 249,741 encounters in December 2023."
    said = CliRunner().invoke(_cli, [given.get(w, w) for w in words.split()], standalone_mode=False)
    assert isinstance(said.exception, CorredorError)
    assert says in str(said.exception)
    assert "\n" not in str(said.exception)
    assert not re.search(r"\d{2},\d{3}", said.output)  # no number of another corridor


@pytest.mark.parametrize(
    "ask",
    [
        lambda s: s.fit(),
        lambda s: s.run("2022-01-01", 31),
        lambda s: s.drivers(),
        lambda s: s.lags(),
        lambda s: s.ensemble(Path("never"), "2022-01-01", 31),
        lambda s: co.compare(s, s.named("other"), start="2023-01-01", days=31),
    ],
)
def test_python_refuses(folder: Path, ask: Any) -> None:
    with pytest.raises(CorredorError, match=f"{LAW}|names no leg"):
        ask(co.load(folder))
    assert not Path("never").exists()
