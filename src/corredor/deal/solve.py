"""The whole question: run a design, emulate the rest, answer, check the answer by running it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corredor.deal.answer import Answer, answer
from corredor.deal.decay import WATCHED, Decay, Watch, decays, watch
from corredor.deal.emulator import Emulator, core, design, fit_emulator
from corredor.deal.gains import Draws, certain, draw, forbidden, gains, over_ceiling
from corredor.deal.judged import JUDGED
from corredor.deal.observing import NAMES
from corredor.deal.outcomes import Asked, Outcomes, evaluate
from corredor.deal.parties import (
    HUMANITARIAN,
    OUTCOMES,
    Constraint,
    Package,
    Party,
    Table,
)
from corredor.deal.reading import load_table
from corredor.deal.sensitivity import Matter, matters
from corredor.deal.worlds import Worlds, base_corridor, draw_worlds
from corredor.figures.catalogue import series
from corredor.questions.study import load

__all__ = ["Deal", "Shown", "deal"]

Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]
_ROUNDS = 3


@dataclass(frozen=True)
class Shown:
    """A package as it is shown: what the model gave when it was run, not emulated.

    ``outcomes`` maps an outcome to the median and 80 per cent interval, over members, of its
    difference from the status quo; ``levels`` to those of the outcome itself. ``changes`` are
    medians of the member's outcome over its own status quo, less one; ``monthly`` the same by
    month for encounters between ports and events in Mexico.
    ``raises`` names the humanitarian outcomes that it raises (by twice the standard error).
    ``off`` is the largest gap between emulated and run effect on the mean over worlds, as a
    share of the mean status quo.
    """

    id: str
    names: dict[str, str]
    index: int
    differences: dict[str, tuple[float, float, float]]
    levels: dict[str, tuple[float, float, float]]
    changes: dict[str, float | None]
    monthly: dict[str, tuple[float | None, ...]]
    raises: tuple[str, ...]
    off: float
    members: int


@dataclass(frozen=True)
class Deal:
    """Everything that ``corredor deal`` says, and what it rests on.

    ``removed`` counts the packages taken off the table by constraint; ``record`` says what was
    run, with which seed and fingerprints.
    """

    table: Table
    answer: Answer
    shown: tuple[Shown, ...]
    matters: tuple[Matter, ...]
    decays: tuple[Decay, ...]
    watches: tuple[Watch, ...]
    emulator: Emulator
    removed: tuple[tuple[Party, Constraint, int], ...]
    marked: dict[int, tuple[str, ...]]
    not_simulated: tuple[str, ...]
    base: dict[str, Floats]
    record: dict[str, Any] = field(default_factory=dict)

    def emulated(self, i: int) -> dict[str, float | None]:
        """Emulated changes of a package, medians over worlds, as shares of the status quo."""
        effects = self.emulator.effects([core(self.table, self.answer.packages[i])])
        return {
            o: float(np.median(e[0])) if self.base[o].mean() > 0 else None
            for o, e in effects.items()
        }


def deal(
    where: str | Path | Table,
    *,
    members: int = 200,
    worlds: int = 40,
    runs: int = 32,
    draws: int = 1000,
    seed: int = 1,
    cluster: Any = None,
    workers: int | None = None,
    store: Path | None = None,
    progress: Progress | None = None,
) -> Deal:
    """Answer a table.

    Parameters
    ----------
    where
        Name of a shipped table, a file, or a table.
    members
        Simulated histories of the status quo and of every package shown.
    worlds
        Draws of the fit and of the uncertain numbers; members share them.
    runs
        Packages that are run, one member a world, to teach the emulator.
    draws
        Sets of weights and worlds over which the answer is worked out.
    cluster, workers
        Where to compute; see :func:`corredor.deal.outcomes.evaluate`.
    store
        File of figures; the shipped ones by default.

    Raises
    ------
    CorredorError
        When the table has faults, or its figures do not reach its day.
    """
    table = where if isinstance(where, Table) else load_table(where)
    study = load(table.corridor, as_of=table.as_of, store=store, progress=progress)
    made = draw_worlds(table, study.fit(), study.store, worlds, seed, progress)
    base = base_corridor(table, study.corridor)
    every = table.all_packages()
    kept = [p for p in every if not any(c.hard for _, c in forbidden(table, p))]
    how = {
        "seed": seed,
        "store": study.store,
        "cluster": cluster,
        "workers": workers,
        "progress": progress,
    }
    lab = _Lab(table, base, made, how)
    named = [table.package(d.levels) for d in table.packages]
    first = [core(table, p) for p in design(table, kept, runs, seed)]
    told = dict.fromkeys([first[0], *(core(table, p) for p in named if p in kept)])
    lab.run([Asked(p, members) for p in told] + [Asked(p, worlds) for p in first if p not in told])
    sample = draw(table, worlds, draws, seed)
    for _ in range(_ROUNDS):
        emulator = lab.emulator()
        packages, result = _answered(table, kept, emulator, lab.base(), sample)
        picks = {i for c in result.choices for i in c.packages[:1]}
        new = [core(table, packages[i]) for i in picks]
        if not lab.run([Asked(p, members) for p in new]):
            break
    main = _main(result)
    pledged, watches = [], []
    if main is not None:
        pledged = decays(table, packages[main], emulator, lab.base(), sample)
        watches = _watches(table, packages[main], lab, worlds, pledged)
    removed = _removed(table, every)
    shown = _shown(table, result, lab, emulator, members)
    return Deal(
        table=table,
        answer=result,
        shown=tuple(shown),
        matters=tuple(matters(table, result, sample, made)),
        decays=tuple(pledged),
        watches=tuple(watches),
        emulator=emulator,
        removed=tuple(removed),
        marked=_marked(table, packages),
        not_simulated=lab.not_simulated(),
        base=lab.base(),
        record={
            "seed": seed,
            "members": members,
            "worlds": worlds,
            "draws": draws,
            "packages": len(every),
            "on_the_table": len(packages),
            "run": len(lab.ran),
            "figures_known_on": table.as_of.isoformat(),
            "corridor": base.fingerprint,
        },
    )


def _answered(
    table: Table, kept: list[Package], emulator: Emulator, base: dict[str, Floats], sample: Draws
) -> tuple[list[Package], Answer]:
    """Answer over the packages that hard ceilings leave."""
    effects = emulator.effects([core(table, p) for p in kept])
    broken = over_ceiling(table, kept, effects, sample)
    left = [i for i, b in enumerate(broken) if i == 0 or not any(c.hard for _, c in b)]
    packages = [kept[i] for i in left]
    effects = {o: e[left] for o, e in effects.items()}
    g = gains(table, packages, effects, base, sample)
    zero = core(table, packages[0])
    touched = np.array([core(table, p) != zero for p in packages])
    rmse = {e.outcome: e.rmse * touched for e in emulator.errors}
    g = certain(table, g, rmse, base, sample)
    return packages, answer(table, packages, g, effects, rmse, sample)


def _main(result: Answer) -> int | None:
    """The package that decay is worked out for: the Nash choice."""
    picked = result.choice("nash").packages
    return picked[0] if picked else None


def _removed(table: Table, every: Sequence[Package]) -> list[tuple[Party, Constraint, int]]:
    count: dict[tuple[str, str], int] = {}
    found = {}
    for p in every:
        for party, c in forbidden(table, p):
            if c.hard:
                key = (party.id, c.id)
                found[key] = (party, c)
                count[key] = count.get(key, 0) + 1
    return [(*found[k], n) for k, n in count.items()]


def _marked(table: Table, packages: Sequence[Package]) -> dict[int, tuple[str, ...]]:
    """Packages that break a constraint that is not hard."""
    out = {i: tuple(c.id for _, c in forbidden(table, p)) for i, p in enumerate(packages)}
    return {i: ids for i, ids in out.items() if ids}


class _Lab:
    """Packages that were run, by the part that reaches the model."""

    def __init__(self, table: Table, corridor: Any, worlds: Worlds, how: dict[str, Any]) -> None:
        self.table, self.corridor, self.worlds, self.how = table, corridor, worlds, how
        self.ran: dict[Package, Outcomes] = {}
        self.methods: dict[str, str] = {}
        self.stock = [stock for _, stock in OUTCOMES.values()]

    def run(self, asked: Sequence[Asked]) -> int:
        """Run what was not run with as many members; say how many were."""
        todo = {
            a.package: a
            for a in asked
            if a.package not in self.ran or len(self.ran[a.package].worlds) < a.members
        }
        made = self.broken(list(todo.values()))
        self.ran.update(zip(todo, made, strict=True))
        return len(todo)

    def broken(self, asked: Sequence[Asked]) -> list[Outcomes]:
        """Run without keeping among the packages (parties that do not deliver)."""
        if not asked:
            return []
        return evaluate(self.table, self.corridor, self.worlds, asked, **self.how)

    def total(self, package: Package) -> Floats:
        return self.ran[package].total(self.stock)

    def monthly(self, package: Package, outcome: str, n: int) -> tuple[float | None, ...]:
        """Median change of an outcome over the status quo, by month."""
        k = NAMES.index(outcome)
        zero = next(iter(self.ran.values())).values[:n, :, k]
        got = self.ran[package].values[:n, :, k]
        return tuple(_change(got[:, m], zero[:, m]) for m in range(zero.shape[1]))

    def base(self) -> dict[str, Floats]:
        """The status quo by outcome and world."""
        zero = next(iter(self.ran))
        got, of = self.total(zero), self.ran[zero].worlds
        return {
            o: np.array([got[of == w, k].mean() for w in range(len(self.worlds))])
            for k, o in enumerate(OUTCOMES)
        }

    def emulator(self) -> Emulator:
        packages = list(self.ran)
        made = fit_emulator(
            self.table,
            self.worlds,
            packages,
            [self.total(p) for p in packages],
            [self.ran[p].worlds for p in packages],
            self.methods,
        )
        self.methods = {e.outcome: e.method for e in made.errors}
        return made

    def not_simulated(self) -> tuple[str, ...]:
        found = (m for o in self.ran.values() for m in o.not_simulated)
        return tuple(dict.fromkeys(found))


def _shown(
    table: Table, result: Answer, lab: _Lab, emulator: Emulator, members: int
) -> list[Shown]:
    zero = lab.total(core(table, result.packages[0]))
    out, usual = [], lab.base()
    names: dict[int, tuple[str, dict[str, str]]] = {}
    for d in table.packages:
        package = table.package(d.levels)
        if package in result.packages:
            i = result.packages.index(package)
            names[i] = (d.id, {"en": d.name, "es": d.name_es})
    for c in result.choices:
        for i in c.packages[:1]:
            names.setdefault(i, (c.rule.replace("_", "-"), {}))
    for i, (ident, words) in names.items():
        part = core(table, result.packages[i])
        got = lab.total(part)
        n = min(len(got), len(zero), members)
        difference = got[:n] - zero[:n]
        guess = emulator.effects([part])
        off = 0.0
        for k, o in enumerate(OUTCOMES):
            if zero[:, k].mean() > 0:
                real = difference[:, k].mean() / zero[:n, k].mean()
                said = (guess[o][0] * usual[o]).sum() / usual[o].sum()
                off = max(off, abs(float(real - said)))
        out.append(
            Shown(
                id=ident,
                names=words,
                index=i,
                differences={o: _interval(difference[:, k]) for k, o in enumerate(OUTCOMES)},
                levels={o: _interval(got[:n, k]) for k, o in enumerate(OUTCOMES)},
                changes={o: _change(got[:n, k], zero[:n, k]) for k, o in enumerate(OUTCOMES)},
                monthly={o: lab.monthly(part, o, n) for o in JUDGED.monthly},
                raises=tuple(o for o in HUMANITARIAN if _up(difference[:, NAMES.index(o)])),
                off=off,
                members=n,
            )
        )
    return out


def _change(got: Floats, zero: Floats) -> float | None:
    some = zero > 0
    return float(np.median(got[some] / zero[some] - 1.0)) if some.any() else None


def _up(difference: Floats) -> bool:
    error = difference.std() / np.sqrt(len(difference))
    return bool(difference.mean() > 2 * error)


def _interval(x: Floats) -> tuple[float, float, float]:
    low, mid, high = np.quantile(x, [0.1, 0.5, 0.9])
    return float(mid), float(low), float(high)


def _watches(
    table: Table, package: Package, lab: _Lab, members: int, pledged: Sequence[Decay]
) -> list[Watch]:
    from datetime import date

    part = core(table, package)
    lags = {s: series(s).lag_days for s in WATCHED.values()}
    never = date.min
    who = [d.party for d in pledged if _acts(table, part, d.party)]
    runs = lab.broken([Asked(part, members, ((p, never),)) for p in who])
    return [
        watch(table, p, lab.ran[part], broken, lags) for p, broken in zip(who, runs, strict=True)
    ]


def _acts(table: Table, package: Package, party: str) -> bool:
    return any(v.decider == party for v, _ in table.chosen(package))
