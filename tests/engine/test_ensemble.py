"""Ensembles on disk: the same bytes whoever computes them, and none lost when one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from corredor.engine import ensemble as module
from corredor.engine.ensemble import ensemble
from corredor.engine.run import run_many
from corredor.errors import CorredorError
from tests.engine.small import small_corridor, small_drivers

SPAN = {"start": date(2023, 1, 1), "days": 90, "seed": 5}


def _content(made):
    return made.members().collect().sort("member", "kind", "period", "place", "nationality")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return ensemble(small_corridor(), small_drivers(), folder, members=70, **SPAN)


def test_an_ensemble_is_the_same_as_a_run(whole):
    drivers = small_drivers()
    run = run_many(small_corridor(), drivers[:1], members=2, member_ids=[0, 2], **SPAN)
    flow = whole.members().collect()
    for position, member in enumerate((0, 2)):
        mine = flow.filter((flow["member"] == member) & (flow["kind"] == "flow"))
        assert (
            mine["value"].sum()
            == run.flow("usbp").values[position].sum() + run.flow("darien").values[position].sum()
        )


def test_an_interrupted_ensemble_goes_on_to_the_same_content(whole, tmp_path):
    class Stopped(Exception):
        pass

    def stop(label, share):
        raise Stopped

    with pytest.raises(Stopped):
        ensemble(small_corridor(), small_drivers(), tmp_path, members=70, progress=stop, **SPAN)
    done = list((tmp_path / "blocks").glob("*.parquet"))
    assert len(done) == 1
    stamp = done[0].stat().st_mtime_ns
    made = ensemble(small_corridor(), small_drivers(), tmp_path, members=70, **SPAN)
    assert done[0].stat().st_mtime_ns == stamp
    assert _content(made).equals(_content(whole))
    assert made.quantiles().equals(whole.quantiles())


_KILLED = """
import os, signal, sys
from pathlib import Path
from corredor.engine import ensemble as module
from corredor.engine.ensemble import ensemble
from tests.engine.small import small_corridor, small_drivers
from tests.engine.test_ensemble import SPAN

def die(label, share):
    os.kill(os.getpid(), signal.SIGKILL)

ensemble(small_corridor(), small_drivers(), Path(sys.argv[1]), members=70, progress=die, **SPAN)
"""


def test_a_killed_process_leaves_a_folder_that_is_finished_to_the_same_bytes(whole, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path)], cwd=Path(__file__).parents[2], check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "quantiles.parquet").exists()
    ensemble(small_corridor(), small_drivers(), tmp_path, members=70, **SPAN)
    files = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*.*"))
    assert files == sorted(p.relative_to(whole.folder) for p in whole.folder.rglob("*.*"))
    for name in files:
        assert (tmp_path / name).read_bytes() == (whole.folder / name).read_bytes()


def test_a_folder_with_another_ensemble_is_refused(whole):
    with pytest.raises(CorredorError, match="holds another ensemble"):
        ensemble(small_corridor(), small_drivers(), whole.folder, members=71, **SPAN)


def test_drivers_that_differ_in_pace_alone_are_another_ensemble(whole):
    slower = [replace(d, pace=((SPAN["start"], 3.0),)) for d in small_drivers()]
    with pytest.raises(CorredorError, match=r"\(other drivers\)"):
        ensemble(small_corridor(), slower, whole.folder, members=70, **SPAN)


def test_an_ensemble_made_by_other_code_is_not_gone_on_with(whole, monkeypatch):
    monkeypatch.setattr(module, "code_digest", lambda *_: "f" * 64)
    with pytest.raises(CorredorError, match=r"\(other code\)"):
        ensemble(small_corridor(), small_drivers(), whole.folder, members=70, **SPAN)


def test_quantiles_are_those_of_the_members(whole):
    members, made = whole.members().collect(), whole.quantiles()
    keys = ["kind", "period", "place"]
    for nation in ("VEN", "ALL"):
        mine = members if nation == "ALL" else members.filter(pl.col("nationality") == nation)
        each = mine.group_by("member", *keys).agg(pl.col("value").sum())
        want = each.group_by(keys).agg(
            q10=pl.col("value").quantile(0.1, "linear"), q50=pl.col("value").median()
        )
        got = made.filter(pl.col("nationality") == nation).select(*keys, "q10", "q50")
        both = got.join(want, on=keys)
        assert len(both) == len(got) == len(want) > 0
        assert np.allclose(both["q10"], both["q10_right"])
        assert np.allclose(both["q50"], both["q50_right"])


def test_only_what_is_chosen_is_kept(whole, tmp_path):
    keep = ["usbp", "a", "town"]
    made = ensemble(small_corridor(), small_drivers(), tmp_path, members=70, keep=keep, **SPAN)
    small = made.members().collect()
    assert set(small["kind"] + " " + small["place"]) == {"flow usbp", "set_out a", "stock town"}
    order = ["member", "period", "nationality"]
    mine, theirs = (
        x.filter((pl.col("kind") == "stock") & (pl.col("place") == "town")).sort(order)
        for x in (small, whole.members().collect())
    )
    assert mine.equals(theirs)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"keep": ["usbpp"]}, "did you mean 'usbp'"),
        ({"members": 0}, "at least one day, one member"),
        ({"cluster": "tcp://127.0.0.1:9"}, "no Dask scheduler answers at"),
    ],
)
def test_faults_leave_nothing_behind(more, words, tmp_path):
    given = {"members": 4, **SPAN, **more}
    with pytest.raises(CorredorError, match=words):
        ensemble(small_corridor(), small_drivers(), tmp_path / "new", **given)
    assert not (tmp_path / "new").exists()


def test_two_threads_may_simulate_at_once():
    def go(seed):
        more = SPAN | {"seed": seed}
        return run_many(small_corridor(), small_drivers()[:1], members=8, **more).flows

    alone = [go(s) for s in (1, 2, 3, 4)]
    with ThreadPoolExecutor(4) as pool:
        assert all((x == y).all() for x, y in zip(alone, pool.map(go, (1, 2, 3, 4)), strict=True))


def test_a_cluster_gives_the_same_bytes_and_survives_a_killed_worker(whole, tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        killed = []

        def kill_one(label, share):
            if not killed:
                pids = client.run(os.getpid)
                victim = next(iter(pids.values()))
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        made = ensemble(
            small_corridor(),
            small_drivers(),
            tmp_path,
            members=70,
            cluster=client,
            progress=kill_one,
            **SPAN,
        )
        assert killed
    assert _content(made).equals(_content(whole))
