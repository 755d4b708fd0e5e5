"""What forecast refuses before it fits."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from corredor.cli.model import forecast
from corredor.errors import CorredorError
from corredor.questions.study import Study


@pytest.mark.parametrize("word", ["XXX", "ven", "Venezuela", "", "ALLE"])
@pytest.mark.parametrize("by", ["checkpoint", "sector", "household"])
def test_an_unknown_nationality_is_refused_before_the_fit(
    word: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> None:
        raise AssertionError("the fit began")

    monkeypatch.setattr(Study, "forecast", work)
    run = CliRunner().invoke(forecast, ["--nationality", word, "--by", by])
    assert isinstance(run.exception, CorredorError)
    assert "there is no nationality" in str(run.exception)
    known = CliRunner().invoke(forecast, ["--nationality", "VEN", "--by", by])
    assert isinstance(known.exception, AssertionError)
