"""A record that grows: what ships stays, what a reader adds stands beside it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from corredor.cli.model import backtest
from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from corredor.evaluation.backtest import (
    LEVELS,
    compact,
    new_origins,
    origins_of,
    record_file,
    track_record,
)
from corredor.evaluation.baselines import LIBRARY, baselines_of
from corredor.months import after
from corredor.questions.study import Study, load


def scores_of(origins: list[date]) -> pl.DataFrame:
    """A made table of scores, of the models of the shipped record."""
    models = ["corredor", "corredor, announced", "corredor, hindsight", "log random walk"]
    models += ["seasonal naive", *LIBRARY]
    numbers = dict.fromkeys(
        ("observed", "median", "crps", "log_crps", "pinball10", "pinball90", "pit", "scale"), 1.0
    )
    rows = [
        {"origin": o, "issued": after(o, 1), "target": "usbp", "part": "", "horizon": 1}
        | {"month": after(o, 1), "model": m, **numbers}
        | {f"covered{c}": True for c in (50, 80, 95)}
        | {"quantiles": [float(i) for i in range(len(LEVELS))]}
        for o in origins
        for m in models
    ]
    return pl.DataFrame(rows)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[date]]:
    """What was asked of the model, which is not asked; a store of one's own."""
    found: list[list[date]] = []

    def made(_: Study, *, origins: list[date], **__: object) -> pl.DataFrame:
        found.append(list(origins))
        return scores_of(list(origins))

    monkeypatch.setattr(Study, "backtest", made)
    monkeypatch.setenv("CORREDOR_STORE", str(tmp_path / "store.duckdb"))
    return found


def shorter(monkeypatch: pytest.MonkeyPatch, months: int) -> date:
    """Let what ships end so many months earlier; returns its last origin."""
    from corredor.evaluation import backtest as module

    corridor = load_corridor("americas")
    whole = track_record(corridor)
    assert whole is not None
    last = after(whole["origin"].max(), -months)
    read = module._read_record
    own = record_file(corridor)
    monkeypatch.setattr(
        module,
        "_read_record",
        lambda f: read(f) if f == own else read(f).filter(pl.col("origin") <= last),
    )
    return last


def test_a_month_is_added_beside_what_ships(
    asked: list[list[date]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    last = shorter(monkeypatch, 2)
    corridor = load_corridor("americas")
    shipped = Path(corridor.folder, "track_record.parquet").read_bytes()
    one = CliRunner().invoke(backtest, ["--extend", "--last", f"{after(last, 1):%Y-%m}"])
    assert one.exit_code == 0, one.output
    assert asked == [[after(last, 1)]]
    assert record_file(corridor).parent == tmp_path
    grown = track_record(corridor)
    assert grown is not None
    assert grown["origin"].max() == after(last, 1)
    assert grown.filter(pl.col("origin") <= last).height > 10_000
    CliRunner().invoke(backtest, ["--extend"], catch_exceptions=False)
    assert asked[1][0] == after(last, 2)
    again = CliRunner().invoke(backtest, ["--extend"])
    assert "every month" in again.output
    assert len(asked) == 2
    assert Path(corridor.folder, "track_record.parquet").read_bytes() == shipped


def test_a_record_has_every_month_whose_next_was_counted() -> None:
    study = load("americas")
    record = track_record(study.corridor)
    assert new_origins(study.store, study.corridor, record) == ()
    assert new_origins(study.store, study.corridor, None) == origins_of(study.store, study.corridor)


def test_rivals_that_need_a_library_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from corredor.evaluation import baselines

    monkeypatch.setattr(baselines, "find_spec", lambda _: None)
    assert set(baselines_of(["log random walk", "corredor"])) == {"log random walk"}
    with pytest.raises(CorredorError, match=r"AutoARIMA, Theta.*corredor\[backtest\]"):
        baselines_of(["Theta", "AutoARIMA", "corredor"])


def test_a_record_keeps_the_width_of_an_interval() -> None:
    made = compact(scores_of([date(2025, 1, 1)]))
    assert "quantiles" not in made.columns
    at = {q: float(i) for i, q in enumerate(LEVELS)}
    assert made["width80"][0] == pytest.approx((at[0.9] + 1) / (at[0.1] + 1))
