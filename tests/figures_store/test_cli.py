"""``corredor figures`` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corredor.cli import main


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(["figures", *args])
    except SystemExit as stop:
        code = int(stop.code or 0)
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.fixture
def mine(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORREDOR_STORE", str(fresh))
    return fresh


def test_list(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert len(out.splitlines()) > 70
    _, out, _ = run(capsys, "list", "darién", "nacionalidad", "--lang", "es")
    assert out.count("panama.darien.") == 2
    _, out, _ = run(capsys, "list", "colombia.transit")
    assert "licence" in out
    assert "two orders of magnitude" in out
    code, out, _ = run(capsys, "list", "--json", "iom")
    assert {row["series"] for row in json.loads(out)} >= {"iom.deaths"}
    assert run(capsys, "list", "zzz")[1].strip() == "No figures."


def test_show(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    year = ("mexico.events.annual", "--start", "2023", "--end", "2023")
    assert "782,176" in run(capsys, "show", *year, "--as-of", "2024-06-30")[1]
    assert "778,907" in run(capsys, "show", *year)[1]
    rows = json.loads(run(capsys, "show", *year, "--all-editions", "--json")[1])
    assert [r["value"] for r in rows] == [782_176, 778_907]
    assert rows[0]["published"] == "2024-02-14"
    _, out, _ = run(
        capsys,
        *("show", "cbp.swb.encounters", "--monthly", "--by", "component", "--csv"),
        *("--start", "2023-12", "--end", "2023-12", "--where", "nationality=Venezuela"),
    )
    assert out.splitlines() == [
        "month,component,value",
        "2023-12-01,OFO,10930",
        "2023-12-01,USBP,46917",
    ]
    _, out, _ = run(capsys, "show", "bts.crossings", "--limit", "3")
    assert "the last 3 of 94,226 rows" in out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("show", "panama.darien"), "unknown series"),
        (("show", "panama.darien.total", "--as-of", "yesterday"), "YYYY-MM-DD"),
        (("show", "panama.darien.total", "--where", "x"), "dimension=value"),
        (("show", "panama.darien.total", "--where", "x=1"), "no dimension 'x'"),
        (("import", "nowhere.csv"), "cannot be read"),
        (("list", "--store", "thesis.csv"), r"ending in .duckdb"),
    ],
)
def test_faults(
    args: tuple[str, ...], words: str, mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *args)
    assert code == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert not out


def test_import_and_revisions(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "may.csv"
    file.write_text("month,value\n2025-04,100\n2025-05,61\n")
    series = ("--series", "panama.darien.total")
    code, out, _ = run(capsys, "import", str(file), *series, "--published", "2025-08-01")
    assert (code, out) == (
        0,
        "2 figures added (1 of them revisions), 0 already known, 0 set aside.\n"
        "Rows of the file: 2 = 2 added.\nEdition of 2025-08-01 (published 2025-08-01).\n",
    )
    code, out, _ = run(capsys, "import", str(file), *series)
    assert (code, out) == (
        0,
        "0 figures added (0 of them revisions), 2 already known, 0 set aside.\n"
        "Rows of the file: 2 = 2 already known.\nEdition of 2025-06-15 (its newest period ends on "
        "2025-05-31, and the usual delay).\n",
    )
    assert "100" in run(capsys, "revisions", "panama.darien.total")[1]
    rows = json.loads(run(capsys, "revisions", "--json")[1])
    assert {r["series"] for r in rows} >= {"panama.darien.total", "mexico.events.annual"}
    file.write_text("month,value\n2025-06,7\n2025-13,8\n")
    code, out, err = run(capsys, "import", str(file), *series)
    assert code == 1
    assert "1 figures added" in out
    assert "may.csv:3, month: '2025-13' is not a month" in err
    told = json.loads(run(capsys, "import", str(file), *series, "--json")[1])
    assert (told["added"], told["unchanged"], len(told["quarantined"])) == (0, 1, 1)
