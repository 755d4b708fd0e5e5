"""The table of attacks is of tests that are there."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (.+) \| (.+) \| (.+) \| `(.+?)::(test_\w+)` \|$", re.MULTILINE)


def _rows() -> list[tuple[str, ...]]:
    return ROW.findall((ROOT / "docs" / "attacks.md").read_text(encoding="utf-8"))


def test_there_are_sixty_rows_and_each_is_another() -> None:
    rows = _rows()
    lines = (ROOT / "docs" / "attacks.md").read_text(encoding="utf-8").splitlines()
    tables = [x for x in lines if x.startswith("| ") and not x.startswith(("| attack |", "| ---"))]
    assert len(rows) == len([x for x in tables if "::test_" in x])
    assert len(rows) >= 60
    assert len({row[0] for row in rows}) == len(rows)


def test_every_test_of_the_table_is_there() -> None:
    known: dict[str, set[str]] = {}
    for *_, file, name in _rows():
        if file not in known:
            tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
            known[file] = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
        assert name in known[file], f"{file}::{name}"


def test_every_attack_stands_in_the_table() -> None:
    """A file of attacks that no row speaks of is forgotten."""
    files = {p.name for p in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    assert files == {Path(row[3]).name for row in _rows() if row[3].startswith("attacks/")}


# --------------------------------------------------------------------------- supply
def test_every_dependency_is_pinned_once() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    pins = [re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in lines]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", line) for line in lines)
    assert len(set(pins)) == len(pins)
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*told["dependencies"]]
    for extra, wanted in told["optional-dependencies"].items():
        asked += wanted if extra != "peers" else []
    names = {re.split(r"[\[<>=]", one)[0] for one in asked} - {"corredor"}
    lacking = {n for n in names if re.sub(r"[-_.]+", "-", n).lower() not in pins}
    assert lacking == set()
