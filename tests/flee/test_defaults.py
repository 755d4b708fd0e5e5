"""Our own rules, the metric, the command, and the corridor made from a folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from corredor.cli.import_flee import import_flee
from corredor.corridor import load_corridor
from corredor.errors import CorredorError
from corredor.flee import FleeFolder, read_flee
from corredor.flee.defaults import open_distances, recent_shares, run_defaults
from corredor.flee.scoring import ard, baselines, every_score, predict, score
from corredor.flee.writing import write_corridor
from tests.flee.world import FILES, write_world


@pytest.fixture
def world(tmp_path: Path) -> FleeFolder:
    return read_flee(write_world(tmp_path / "small"))


def test_ard_by_hand() -> None:
    seen = np.array([[30, 10], [0, 0]])
    simulated = np.array([[10.0, 10.0], [0.0, 0.0]])
    got = ard(simulated, seen)
    # day 0: plain (20 + 0)/40; rescaled to 20, 20: (10 + 10)/40; day 1 counts as 0
    assert got.plain == pytest.approx(0.25)
    assert got.rescaled == pytest.approx(0.25)
    assert ard(seen.astype(float), seen).plain == 0
    wrong = ard(np.array([[0.0, 40.0]]), np.array([[40, 0]]))
    assert (wrong.rescaled, wrong.plain) == (2.0, 2.0)


@given(arrays(np.int64, (4, 3), elements=st.integers(0, 10_000)), st.floats(0.1, 10))
def test_rescaled_ard_does_not_see_the_total(people: np.ndarray, factor: float) -> None:
    seen = np.array([[5, 1, 4], [9, 9, 9], [1, 0, 0], [7, 3, 2]])
    one, two = ard(people, seen), ard(people * factor, seen)
    assert 0 <= one.rescaled <= 2 + 1e-9
    assert one.rescaled == pytest.approx(two.rescaled, abs=1e-6)


def test_ard_refuses_what_does_not_match() -> None:
    with pytest.raises(CorredorError, match="same days and camps"):
        ard(np.zeros((2, 3)), np.zeros((3, 3), int))


def test_a_fall_of_the_total_empties_camps_in_proportion(world: FleeFolder) -> None:
    counts = np.array([100.0, 400.0, 200.0])
    days = np.array([0, 20, 40])
    falling = replace(
        world, series=tuple(replace(s, days=days, values=counts) for s in world.series)
    )
    total = falling.observed().sum(axis=1)
    expected = run_defaults(falling, capacities=False).people[0]
    shares = expected / expected.sum(axis=1)[:, None]
    # all have arrived by day 25; from then on the shares stay
    assert shares[26:] == pytest.approx(np.tile(shares[26], (34, 1)))
    sampled = run_defaults(falling, capacities=False, members=200)
    there = sampled.people.sum(axis=2) + sampled.en_route
    assert (there[:, 1:] == total[1:]).all()
    assert (sampled.people >= 0).all()
    error = 4.5 * sampled.people.std(axis=0) / np.sqrt(200) + 0.02
    assert (np.abs(sampled.people.mean(axis=0) - expected) < error).all()


def test_nobody_appears_or_vanishes(world: FleeFolder) -> None:
    total = world.observed().sum(axis=1)
    for members in (0, 20):
        run = run_defaults(world, members=members, seed=4)
        there = run.people.sum(axis=2) + run.en_route
        assert there[:, 1:] == pytest.approx(np.tile(total[1:], (max(members, 1), 1)))
    assert (run.people == np.round(run.people)).all()  # sampled people are whole


def test_expected_numbers_are_the_mean_of_the_sampled(world: FleeFolder) -> None:
    expected = run_defaults(world, capacities=False).people[0]
    sampled = run_defaults(world, capacities=False, members=800, seed=9).people
    error = 4.5 * sampled.std(axis=0) / np.sqrt(800) + 1e-9
    assert (np.abs(sampled.mean(axis=0) - expected) <= error + 0.01).all()


def test_a_seed_is_a_run(world: FleeFolder) -> None:
    one = run_defaults(world, members=3, seed=1).people
    assert (one == run_defaults(world, members=3, seed=1).people).all()
    assert (one != run_defaults(world, members=3, seed=2).people).any()


def test_people_wait_while_no_camp_can_be_reached(world: FleeFolder) -> None:
    shut = tuple(replace(c, start=0, end=30) for c in world.closures)  # Home-Away, and Puente
    run = run_defaults(replace(world, closures=shut))
    assert (run.people[0, 1:30] == run.people[0, 0]).all()
    assert run.en_route[0, 29] == pytest.approx(world.observed()[29].sum() - 30)
    assert run.people[0, 40].sum() > run.people[0, 29].sum()


def test_distances_follow_closures(world: FleeFolder) -> None:
    names = [p.name for p in world.places]
    before, during = open_distances(world, 0), open_distances(world, 10)
    alta = names.index("Alta")
    assert before[alta].tolist() == [120 + 80 + 410, 230]
    assert np.isinf(during[alta, 1])
    assert np.isinf(open_distances(world, 33)[alta, 0])  # Puente is shut


def test_recent_arrivals_count_most() -> None:
    seen = np.array([[0, 0], [100, 0], [200, 0], [200, 50], [200, 100]])
    shares = recent_shares(seen)
    assert shares.sum() == pytest.approx(1)
    assert shares[1] > 100 / 300
    quiet = np.vstack([seen, np.tile(seen[-1], (50, 1))])
    assert recent_shares(quiet) == pytest.approx(shares)  # a quiet spell forgets nothing


def test_capacities_ignored_are_not_used(world: FleeFolder) -> None:
    other = replace(
        world, places=tuple(replace(p, people=9) if p.kind == "camp" else p for p in world.places)
    )
    for held_out in (False, True):
        for rules in ("corredor", "flee"):
            a, b = (
                predict(f, rules=rules, capacities=False, held_out=held_out)  # type: ignore[arg-type]
                for f in (world, other)
            )
            assert (a == b).all()


def test_held_out_counts_are_not_used(world: FleeFolder) -> None:
    """The split after mid-period may depend on the total, not on the camps' own counts."""
    half = world.days // 2
    norte, sur = world.series
    days = np.arange(world.days)
    one, two = (s.at(days).astype(float) for s in (norte, sur))
    swap = np.where(days >= half, np.minimum(two, 40), 0)
    changed = replace(
        world,
        series=(
            replace(norte, days=days, values=one + swap),
            replace(sur, days=days, values=two - swap),
        ),
    )
    assert (changed.observed().sum(axis=1) == world.observed().sum(axis=1)).all()
    a = predict(world, held_out=True, capacities=False)
    assert a == pytest.approx(predict(changed, held_out=True, capacities=False))


def test_every_score_names_what_it_is(world: FleeFolder) -> None:
    found = every_score(world, members=1)
    assert len(found) == 2 * 4 + 2 + 3
    assert {s.rules for s in found} >= {"corredor", "flee", "split by capacity"}
    assert all(0 <= s.ard.rescaled <= 2 for s in found)
    assert {s.first for s in found if s.held_out} == {30}
    assert len(baselines(replace(world, days=20, conflict=world.conflict[:20]))) == 1


def test_without_counts_it_says_so(tmp_path: Path) -> None:
    write_world(tmp_path)
    (tmp_path / "validation").rename(tmp_path / "elsewhere")
    with pytest.raises(CorredorError, match="no counts of people"):
        score(read_flee(tmp_path))


# -- the command ---------------------------------------------------------------------------


def test_the_command_reports_and_scores(tmp_path: Path) -> None:
    root = write_world(tmp_path / "small")
    done = CliRunner().invoke(import_flee, [str(root)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "read: 6 places" in done.output
    assert "ARD rescaled" in done.output


@pytest.mark.parametrize("rules", ["corredor", "flee"])
def test_the_command_prints_json(tmp_path: Path, rules: str) -> None:
    root = write_world(tmp_path / "small")
    args = [str(root / "input"), "--validate", str(root / "validation"), "--rules", rules, "--json"]
    args += ["--members", "2", "--seed", "7"]
    done = CliRunner().invoke(import_flee, args, catch_exceptions=False)
    found = json.loads(done.output)
    assert found["scores"][0]["rules"] == rules
    assert set(found["scores"][0]["ard"]) == {"rescaled", "plain"}
    assert found["report"]["read"]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--rules", "fle"], "did you mean 'flee'"),
        (["--members", "-1"], "--members is -1"),
        (["--validate", "nowhere"], "no such folder"),
        (["--settings", "nowhere.yml"], "the file is missing"),
    ],
)
def test_the_command_refuses_clearly(tmp_path: Path, extra: list[str], words: str) -> None:
    root = write_world(tmp_path / "small")
    with pytest.raises(CorredorError) as caught:
        CliRunner().invoke(import_flee, [str(root), *extra], catch_exceptions=False)
    assert words in str(caught.value)


def test_the_corridor_it_writes_can_be_read(tmp_path: Path) -> None:
    root = write_world(tmp_path / "small")
    out = tmp_path / "made" / "corridor"
    CliRunner().invoke(import_flee, [str(root), "--out", str(out)], catch_exceptions=False)
    made = load_corridor(out)
    kinds = {p.id: p.kind for p in made.places}
    assert kinds["norte"] == "destination"
    assert kinds["departures"] == "origin"
    assert made.route("alta-sur").km == 230
    assert {r.id: r.weight for r in made.routes}["departures-alta"] == 6000
    border = next(m for m in made.measures if "Away" in m.description)
    assert (str(border.start), str(border.end)) == ("2020-01-06", "2020-01-20")
    assert set(border.routes) == {"alta-sur", "cruce-sur"}
    assert (
        "ignored" in (out / "import.txt").read_text() or "note" in (out / "import.txt").read_text()
    )
    with pytest.raises(CorredorError, match="not empty"):
        write_corridor(read_flee(root), out)


def test_a_folder_with_no_one_to_depart_writes_nothing(tmp_path: Path) -> None:
    calm = FILES["input/locations.csv"].replace("conflict_zone,0", "town,0")
    calm = calm.replace("conflict_zone,10", "town,10")
    conflicts = FILES["input/conflicts.csv"].replace(",1", ",0")
    root = write_world(tmp_path / "small", locations=calm, conflicts=conflicts)
    with pytest.raises(CorredorError, match="nobody can depart"):
        write_corridor(read_flee(root), tmp_path / "out")
    assert not (tmp_path / "out").exists()
