"""The folder that ``corredor new`` lays out, and the page that leads from a table to a forecast."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from corredor.cli import main
from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from corredor.figures import Store
from corredor.inference.lawful import has_law
from corredor.inference.panel import read_panel
from corredor.months import after
from tests.anywhere.made import path_of

PAGE = Path(__file__).parents[2] / "docs" / "your-own-corridor.md"
NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def counts(file: Path, first: int, months: int) -> Path:
    lines = ["Month;Arrived at;From;People"]
    for seed, (point, nation) in enumerate(
        (("Dover", "Iran"), ("Dover", "Eritrea"), ("Folkestone", "Iran"))
    ):
        for t, n in list(enumerate(path_of(300, 60, seed)))[first : first + months]:
            month = after(date(2021, 1, 1), t)
            lines.append(f"{NAMES[month.month - 1]} {month.year};{point};{nation};{n:,}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


_SLOW = ("forecast", "brief", "backtest", "fit", "compare")


def lay_out(folder: Path, block: str) -> None:
    """Write a file of the page that begins with its name; others go on in ``corridor.yaml``."""
    head, _, rest = block.partition("\n")
    if not head.startswith("# "):
        with (folder / "corridor.yaml").open("a", encoding="utf-8") as file:
            file.write(block)
        with (folder / "sources.yaml").open("a", encoding="utf-8") as file:
            file.write("s1: made for a test\njudgement: made for a test\n")
        return
    name = head.removeprefix("# ")
    target = folder.parent if name == "what-if.yaml" else folder
    (target / name).write_text(rest, encoding="utf-8")


def run(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    main(shlex.split(line)[1:])
    return capsys.readouterr().out


@pytest.mark.parametrize("slow", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_page_leads_from_a_table_to_a_forecast(tmp_path, monkeypatch, capsys, slow):
    """Every command of the page, in its order; those that fit only in the slow run."""
    monkeypatch.chdir(tmp_path)
    counts(tmp_path / "counts.csv", 0, 30)
    counts(tmp_path / "february.csv", 30, 1)
    folder, verbs = tmp_path / "channel", []
    for kind, block in re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        if kind != "sh":
            if folder.exists():
                lay_out(folder, block)
            continue
        for line in block.splitlines():
            verbs.append(line.split()[1])
            if verbs[-1] in _SLOW and (not slow or verbs[-1] == "backtest"):
                continue
            out = run(line, capsys)
            if verbs[-1] == "forecast":
                assert "dover" in out
            if verbs[-1] == "compare":
                assert "folkestone" in out.lower()
    assert len(verbs) == 8
    if slow:
        assert "The Channel" in (tmp_path / "channel-brief" / "index.html").read_text("utf-8")
    corridor = load_corridor(folder)
    assert has_law(corridor)
    with Store.open(folder=tmp_path / "channel") as store:
        panel = read_panel(store, corridor)
    assert panel.points == ("dover", "folkestone")
    assert panel.nations == ("ERI", "IRN")
    assert panel.months[-1] == date(2023, 7, 1)


def test_an_empty_folder_loads_and_asks_for_counts(tmp_path, capsys):
    run(f"corredor new {tmp_path / 'a'}", capsys)
    with Store.open(folder=tmp_path / "a") as store, pytest.raises(CorredorError) as caught:
        read_panel(store, load_corridor(tmp_path / "a"))
    assert "fewer than 12 months of Gate" in str(caught.value)
    assert "or import figures" in str(caught.value)


def test_a_wrong_table_leaves_no_folder(tmp_path):
    from corredor.corridor.starting import start_corridor

    file = counts(tmp_path / "counts.csv", 0, 2)
    with pytest.raises(CorredorError, match="no column 'Monat'; did you mean 'Month'"):
        start_corridor(tmp_path / "a", table=file, columns={"month": "Monat", "value": "People"})
    assert not (tmp_path / "a").exists()


def test_a_folder_with_files_is_left_alone(tmp_path):
    from corredor.corridor.starting import start_corridor

    with pytest.raises(CorredorError, match="the folder is not empty"):
        start_corridor(counts(tmp_path / "counts.csv", 0, 2).parent)
