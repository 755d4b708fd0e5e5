"""What is written for others is read back by their own rules, and every value compared."""

from __future__ import annotations

import csv
import math
import os
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corredor.inference.exchange import _write_draws, hubverse, write_hubverse
from corredor.inference.forecast import Forecast
from corredor.months import after

CHECKPOINTS = ("darien", "honduras", "mexico", "usbp", "ofo")
TASK = ("reference_date", "target", "horizon", "target_end_date", "location", "group")
#: The levels that forecast hubs ask for.
LEVELS = (0.01, 0.025, *(round(0.05 * i, 2) for i in range(1, 20)), 0.975, 0.99)


def make(values: np.ndarray, lag: int = 0) -> Forecast:
    """A forecast of two checkpoints from ``[member, month, nationality]``."""
    months = tuple(after(date(2026, 7, 1), i + 1) for i in range(values.shape[1]))
    nations = tuple(f"N{i:02}" for i in range(values.shape[2]))
    last = {"usbp": date(2026, 7, 1), "ofo": after(date(2026, 7, 1), -lag)}
    both = {"usbp": values, "ofo": values[::-1] // 2}
    return Forecast(
        None, date(2026, 7, 1), last, months, nations, both, {}, (), None,  # type: ignore[arg-type]
    )  # fmt: skip


def read_model_output(path: Path) -> tuple[dict[tuple[str, ...], dict[float, float]], list[str]]:
    """Read quantiles as a hub does, and say what a hub refuses.

    The rules of hubverse for model output: task columns, then ``output_type``,
    ``output_type_id`` and ``value``; no two rows with the same task, type and id; levels above
    0 and below 1, the same for each task; values finite and not falling with the level; dates
    in ISO form.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    faults = []
    if set(rows[0]) != {*TASK, "output_type", "output_type_id", "value"}:
        faults.append(f"columns are {sorted(rows[0])}")
    found: dict[tuple[str, ...], dict[float, float]] = {}
    for line, row in enumerate(rows, 2):
        date.fromisoformat(row["reference_date"])
        date.fromisoformat(row["target_end_date"])
        level, value = float(row["output_type_id"]), float(row["value"])
        if row["output_type"] != "quantile" or not all(row[k] for k in TASK):
            faults.append(f"line {line}: no task of quantiles")
        if not 0 < level < 1:
            faults.append(f"line {line}: level {level} is not between 0 and 1")
        if not math.isfinite(value):
            faults.append(f"line {line}: value {value}")
        task = found.setdefault(tuple(row[k] for k in TASK), {})
        if level in task:
            faults.append(f"line {line}: level {level} is doubled")
        task[level] = value
    for name, task in found.items():
        if tuple(sorted(task)) != LEVELS:
            faults.append(f"{name}: its levels are {sorted(task)}")
        if list(task.values()) != sorted(task.values()):
            faults.append(f"{name}: values fall with the level")
    return found, faults


def test_the_reader_finds_what_was_wrong_with_an_older_export() -> None:
    """Levels had been written with one decimal: some were 0, and most came twice."""
    root = Path(__file__).resolve().parents[2]
    shared = Path(os.environ.get("CORREDOR_SHARED", root.parent / "shared"))
    file = shared / "field" / "18_hubverse_export_excerpt.csv"
    if not file.is_file():
        pytest.skip("the field files are not here (set CORREDOR_SHARED)")
    found, faults = read_model_output(file)
    rows = sum(1 for _ in file.open(encoding="utf-8")) - 1
    levels = [level for task in found.values() for level in task]
    assert sum("is doubled" in f for f in faults) == rows - len(levels) > 0
    assert sum("level 0.0 is not between" in f for f in faults) == 2 * len(found)
    assert sum("its levels are" in f for f in faults) == len(found)
    assert not set(levels) >= set(LEVELS)
    assert not any("columns are" in f for f in faults)


def check(made: Forecast, path: Path) -> None:
    write_hubverse(made, path)
    found, faults = read_model_output(path)
    assert faults == []
    expected = 0
    for name in made.values:
        groups, full = made.with_everybody(name)
        for t in range(full.shape[1]):
            for g, group in enumerate(groups):
                key = [k for k in found if k[4] == name and k[5] == group and int(k[2]) == t + 1]
                assert len(key) == 1
                expected += 1
                for level, value in found[key[0]].items():
                    real = np.quantile(full[:, t, g], level)
                    assert value == (5 if 0 < real < 10 else real)
    assert len(found) == expected


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("scale", [0, 3, 40_000])
def test_a_hub_reads_what_was_written(seed: int, scale: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(seed)
    shape = (int(draw.integers(1, 60)), int(draw.integers(1, 7)), int(draw.integers(1, 5)))
    check(make(draw.poisson(scale, shape), lag=seed % 3), tmp_path / "h.csv")


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30))
def test_any_counts(tmp_path: Path, counts: list[int]) -> None:
    check(make(np.array(counts, np.int64).reshape(-1, 1, 1)), tmp_path / "h.csv")


def test_the_levels_are_those_of_the_frame_to_the_last_digit(tmp_path: Path) -> None:
    made = make(np.random.default_rng(1).poisson(900, (40, 6, 3)))
    write_hubverse(made, tmp_path / "h.csv")
    text = pl.read_csv(tmp_path / "h.csv", infer_schema=False)
    assert text["output_type_id"].unique().sort().to_list() == sorted(str(x) for x in LEVELS)
    assert text["value"].cast(pl.Float64).to_list() == hubverse(made)["value"].to_list()


def test_a_hub_s_own_reader_takes_it(tmp_path: Path) -> None:
    """Where hubdata, the Python reader of the hubverse, is installed."""
    hubdata = pytest.importorskip("hubdata")
    import json

    made = make(np.random.default_rng(2).poisson(900, (40, 6, 3)))
    (tmp_path / "hub-config").mkdir()
    ids = {k: {"required": None, "optional": _values(made, k)} for k in TASK}
    quantile = {
        "output_type_id": {"required": list(LEVELS)},
        "value": {"type": "double", "minimum": 0},
        "is_required": True,
    }
    schema = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v5.0.0/"
    task = {"task_ids": ids, "output_type": {"quantile": quantile}, "target_metadata": []}
    tasks = {
        "schema_version": schema + "tasks-schema.json",
        "rounds": [
            {"round_id_from_variable": True, "round_id": "reference_date", "model_tasks": [task]}
        ],
    }
    admin = {"schema_version": schema + "admin-schema.json", "file_format": ["csv"]}
    (tmp_path / "hub-config" / "tasks.json").write_text(json.dumps(tasks))
    (tmp_path / "hub-config" / "admin.json").write_text(json.dumps(admin))
    (tmp_path / "hub-config" / "model-metadata-schema.json").write_text("{}")
    folder = tmp_path / "model-output" / "team-corredor"
    folder.mkdir(parents=True)
    write_hubverse(made, folder / "2026-07-31-team-corredor.csv")
    read = hubdata.connect_hub(tmp_path).get_dataset().to_table()
    ours = hubverse(made)
    assert read.num_rows == ours.height
    assert read.column("value").to_pylist() == ours["value"].to_list()
    assert [float(x) for x in read.column("output_type_id").to_pylist()] == ours[
        "output_type_id"
    ].to_list()


def _values(made: Forecast, column: str) -> list[Any]:
    values = hubverse(made)[column].unique().sort().to_list()
    return [v.isoformat() if isinstance(v, date) else v for v in values]


# -- the posterior ---------------------------------------------------------------------------


def draws(seed: int, nations: int) -> Any:
    draw = np.random.default_rng(seed)
    n = 2 * int(draw.integers(2, 6))
    c = len(CHECKPOINTS)
    shapes = {
        "momentum": (c,), "back": (c,), "shared": (c,), "scale": (c,), "as_usual": (c,),
        "own": (c, nations), "season": (c, 12), "loading": (nations,), "pass": (c, 3, 2),
        "effect_mean": (5,), "effect_spread": (5,),
    }  # fmt: skip
    values = {k: draw.normal(size=(n, *s)) for k, s in shapes.items()}
    return SimpleNamespace(draws=values, size=n, report={"chains": 2, "sampler": "test"})


def coords(nations: list[str]) -> dict[str, Any]:
    return {
        "checkpoint": list(CHECKPOINTS),
        "nationality": nations,
        "month_of_year": list(range(1, 13)),
        "upstream": list(CHECKPOINTS[:3]),
        "when": ["same month", "month before"],
        "effect_class": list("vwxyz"),
    }


@pytest.mark.parametrize("seed", range(10))
def test_every_draw_is_read_back_under_its_labels(seed: int, tmp_path: Path) -> None:
    h5netcdf = pytest.importorskip("h5netcdf")
    nations = [f"N{i}" for i in range(1 + seed)]
    fitted = draws(seed, len(nations))
    _write_draws(fitted, coords(nations), tmp_path / "p.nc", "figures")
    assert list(tmp_path.iterdir()) == [tmp_path / "p.nc"]
    with h5netcdf.File(tmp_path / "p.nc", "r") as file:
        group = file["posterior"]
        for name, value in fitted.draws.items():
            assert group[name].dimensions[:2] == ("chain", "draw")
            assert (group[name][...].reshape(value.shape) == value).all()
        assert [str(x) for x in group["nationality"][...].astype(str)] == nations
        assert set(fitted.draws) <= set(group.variables)


def test_arviz_reads_it(tmp_path: Path) -> None:
    """Where ArviZ is installed."""
    arviz = pytest.importorskip("arviz")
    fitted = draws(3, 4)
    _write_draws(fitted, coords(list("ABCD")), tmp_path / "p.nc", "figures")
    posterior = arviz.from_netcdf(str(tmp_path / "p.nc")).posterior
    for name, value in fitted.draws.items():
        assert posterior[name].dims[:2] == ("chain", "draw")
        assert (posterior[name].values.reshape(value.shape) == value).all()
    assert posterior["nationality"].values.tolist() == list("ABCD")
    assert posterior["own"].sel(nationality="B", checkpoint="usbp").shape == (2, fitted.size // 2)
