"""Packages run once: the same whoever computes them, kept by content, emulated with an error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corredor.corridor import load_corridor
from corredor.deal import emulator as em
from corredor.deal import outcomes as out
from corredor.deal.emulator import core, design, features, fit_emulator
from corredor.deal.observing import observer
from corredor.deal.outcomes import Asked, evaluate
from corredor.deal.parties import OUTCOMES
from corredor.deal.reading import load_table
from corredor.deal.worlds import as_known
from tests.deal.small import package, small_table, small_worlds
from tests.engine.small import small_corridor as bare_corridor

_NAMES = list(OUTCOMES)


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path))
    return tmp_path


def small_corridor():
    """A small corridor whose checkpoints are counted as those of the same name in the Americas."""
    return bare_corridor().model_copy(update={"observing": load_corridor("americas").observing})


def _run(table, asked, **how):
    return evaluate(table, small_corridor(), small_worlds(table), asked, **how)


def test_kept_outcomes_are_read_not_run(kept, monkeypatch) -> None:
    table = small_table()
    asked = [Asked(package(0, 0), 4), Asked(package(1, 0), 4)]
    first = _run(table, asked, workers=1)
    monkeypatch.setattr(out._Task, "run", lambda self: pytest.fail("was run again"))
    again = _run(table, asked, workers=1)
    for a, b in zip(first, again, strict=True):
        assert (a.values == b.values).all()
    assert first[0].worlds.tolist() == [0, 1, 0, 1]
    # a damaged file is made anew, not trusted
    monkeypatch.undo()
    monkeypatch.setenv("CORREDOR_CACHE", str(kept))
    victim = next((kept / "deals").rglob("*.npz"))
    victim.write_bytes(b"half")
    for a, b in zip(first, _run(table, asked, workers=1), strict=True):
        assert (a.values == b.values).all()


def test_worlds_that_differ_in_pace_alone_are_run_apart(kept) -> None:
    table = small_table()
    worlds = small_worlds(table)
    slower = replace(
        worlds, drivers=tuple(replace(d, pace=((table.start, 4.0),)) for d in worlds.drivers)
    )
    asked = [Asked(package(0, 0), 4)]
    evaluate(table, small_corridor(), worlds, asked, workers=1)
    before = {p.name for p in (kept / "deals").iterdir()}
    evaluate(table, small_corridor(), slower, asked, workers=1)
    assert len({p.name for p in (kept / "deals").iterdir()} - before) == len(before) == 2


def test_an_observer_of_other_figures_is_another() -> None:
    table = small_table()
    how = (small_corridor(), table.as_of, None)
    rest = (table.start, 10, 1)
    assert observer(*how, "a", *rest) is observer(*how, "a", *rest)
    assert observer(*how, "a", *rest) is not observer(*how, "b", *rest)


def test_people_are_whole_and_a_promise_changes_no_outcome(kept) -> None:
    table = small_table()
    zero, gift, some = _run(
        table,
        [Asked(package(0, 0), 6), Asked(package(0, 1), 6), Asked(package(2, 0), 6)],
        workers=1,
    )
    people = zero.values[:, :, [_NAMES.index(n) for n in ("usbp", "darien", "stranded")]]
    assert (people == np.rint(people)).all()
    assert (zero.values == gift.values).all()
    assert (zero.values != some.values).any()
    assert zero.values[:, :, _NAMES.index("usbp")].min() > 0


def test_members_do_not_depend_on_how_many_are_run(kept) -> None:
    table = small_table()
    few, many = _run(table, [Asked(package(1, 0), 2), Asked(package(1, 0), 6)], workers=1)
    assert (few.values == many.values[:2]).all()


@pytest.mark.slow
def test_workers_and_a_cluster_give_the_same_bytes(tmp_path, monkeypatch) -> None:
    from distributed import Client, LocalCluster

    table = small_table()
    asked = [Asked(package(0, 0), 4), Asked(package(2, 0), 4)]
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path / "one"))
    alone = _run(table, asked, workers=1)
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path / "two"))
    both = _run(table, asked, workers=2)
    monkeypatch.setenv("CORREDOR_CACHE", str(tmp_path / "dask"))
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        scaled = _run(table, asked, cluster=client)
    for a, b, c in zip(alone, both, scaled, strict=True):
        assert a.values.tobytes() == b.values.tobytes() == c.values.tobytes()


def test_the_status_quo_knows_no_later_measure_and_no_later_end(americas) -> None:
    day = load_table("december-2023").as_of
    known = as_known(americas, day)
    ids = {m.id for m in known.measures}
    assert "mexico-surge" not in ids
    assert known.measure("lukeville-2023").end is None
    assert known.measure("rail-eagle-pass-2023").end == americas.measure("rail-eagle-pass-2023").end


def test_the_design_holds_each_lever_alone_and_no_doubles() -> None:
    table = load_table("december-2023")
    chosen = design(table, table.all_packages(), 30)
    assert len(set(chosen)) == 30
    assert chosen[0].levels == (0,) * len(table.levers)
    alone = [p for p in chosen if sum(k > 0 for k in p.levels) == 1]
    acting = [v for v in table.levers if any(x.measures or x.ends for x in v.levels)]
    assert len(alone) == sum(len(v.levels) - 1 for v in acting)
    assert all(core(table, p) == p for p in chosen)


def _emulated(noise: float):
    table = small_table()
    worlds = small_worlds(table, 12)
    rng = np.random.default_rng(4)
    packages = [package(k, 0) for k in (0, 1, 2)]
    base = np.zeros((12, len(OUTCOMES)))
    base[:, _NAMES.index("usbp")] = rng.uniform(900, 1100, 12)
    totals = []
    for p in packages:
        pull = features(table, worlds, p)[:, 0]
        t = base.copy()
        t[:, _NAMES.index("usbp")] *= np.exp(
            -0.3 * pull + noise * rng.standard_normal(12) * (p.levels[0] > 0)
        )
        totals.append(t)
    return table, fit_emulator(table, worlds, packages, totals, [np.arange(12)] * 3)


def test_the_emulator_finds_a_known_effect_and_knows_nothing_of_promises(kept) -> None:
    table, made = _emulated(0.0)
    effects = made.effects([package(0, 1), package(2, 0)])
    assert (effects["usbp"][0] == 0).all()
    pull = features(table, made.worlds, package(2, 0))[:, 0]
    assert effects["usbp"][1] == pytest.approx(np.expm1(-0.3 * pull), abs=0.01)
    assert (effects["deaths"] == 0).all()
    assert made.errors[0].rmse < 0.02


def test_what_is_not_delivered_has_no_effect(kept) -> None:
    _, made = _emulated(0.0)
    full = made.effects([package(2, 0)])["usbp"]
    half = made.effects([package(2, 0)], {"MEX": 0.5})["usbp"]
    none = made.effects([package(2, 0)], {"MEX": 0.0})["usbp"]
    assert none == pytest.approx(0, abs=1e-12)
    assert (full < half).all()
    assert (half < 0).all()


def test_the_emulators_error_grows_with_what_it_cannot_know(kept) -> None:
    assert _emulated(0.3)[1].errors[0].rmse > 3 * _emulated(0.0)[1].errors[0].rmse


def test_a_kept_emulator_is_read_and_a_damaged_one_made_anew(kept, monkeypatch) -> None:
    _, made = _emulated(0.1)
    (file,) = (kept / "deals").glob("*/weights.npz")
    asked = [package(0, 1), package(2, 0)]
    monkeypatch.setattr(em, "_chosen", lambda *_: pytest.fail("was fitted again"))
    _, again = _emulated(0.1)
    assert again.errors == made.errors
    for name, effect in made.effects(asked).items():
        assert (again.effects(asked)[name] == effect).all()
    monkeypatch.undo()
    monkeypatch.setenv("CORREDOR_CACHE", str(kept))
    file.write_bytes(b"half")
    assert _emulated(0.1)[1].errors == made.errors
