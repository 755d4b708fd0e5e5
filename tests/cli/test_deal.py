"""The verb deal on a small budget: JSON, the page in two languages, and faults in a sentence."""

from __future__ import annotations

import json
import re

import pytest

from corredor.cli import main

pytestmark = pytest.mark.slow

_SMALL = ["--members", "4", "--worlds", "2", "--runs", "6", "--draws", "60"]


def _table(tmp_path):
    """A table of three months with two levers, on the real corridor and the release's fit."""
    from tests.deal.test_reading import SMALL

    file = tmp_path / "small.yaml"
    newest = SMALL.replace("2023-12-26", "2026-11-20").replace("2024-01-01", "2026-12-01")
    file.write_text(newest, encoding="utf-8")
    return file


def test_json_and_page(tmp_path, capsys) -> None:
    file = _table(tmp_path)
    page = tmp_path / "out" / "deal.html"
    main(["deal", str(file), *_SMALL, "--json", "--html", str(page), "--lang", "es"])
    told = json.loads(capsys.readouterr().out)
    assert told["zone"]["packages"] == 2
    assert told["table"]["name"] == "Una mesa pequeña"
    assert len(told["choices"]) == 3
    html = page.read_text(encoding="utf-8")
    assert 'lang="es"' in html
    assert "No es un consejo." in html
    assert not re.search(r'(src|href)="https?://', html)
    assert "<script src" not in html
    # a second question reads what was run
    main(["deal", str(file), *_SMALL])
    text = capsys.readouterr().out
    assert "This is no advice." in text
    assert "people waiting in Mexico" in text


def test_faults_and_names(tmp_path, capsys) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: x\n", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["deal", str(bad)])
    assert stopped.value.code == 2
    assert "'parties' is missing" in capsys.readouterr().err
    main(["deal", "--list"])
    assert "december-2023" in capsys.readouterr().out
