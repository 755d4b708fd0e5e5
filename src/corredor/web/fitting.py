"""The fit, made once for all workers: the one who makes it tells the others how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from corredor.cache import Cache
from corredor.files import try_lock

if TYPE_CHECKING:
    from corredor.questions.study import Study

__all__ = ["make_fit"]

Tell = Callable[[str, float], None]
_SO_FAR = "fit-so-far.json"
_ASKED = "asked.json"
_LOOK = 0.3  # seconds between looks while another worker makes it


def make_fit(study: Study, results: Cache, key: str, seed: int, tell: Tell) -> None:
    """See that the fit and the dynamics of the counts are kept.

    A fit once begun is finished, also when the stage that began it gives way: who comes next
    needs it too.

    Parameters
    ----------
    study
        The corridor as published.
    results, key
        Where workers meet: the key of the world.
    seed
        Key of the draws.
    tell
        Told the step and its share, whoever makes it.
    """
    from corredor.inference.cache import cached_dynamics

    given_up: list[BaseException] = []

    def told(label: str, share: float) -> None:
        results.put_json(key, _SO_FAR, [label, share])
        try:
            tell(label, share)
        except BaseException as error:
            given_up.append(error)

    results.put_json(key, _ASKED, True)  # says in a sentence where nothing can be written
    with (results.entry(key) / "fit.lock").open("a+b") as handle:
        while not try_lock(handle):
            label, share = results.get_json(key, _SO_FAR) or ("starting", 0.0)
            tell(label, share)
            time.sleep(_LOOK)
        fitted = replace(study, progress=lambda label, share: told(label, 0.6 * share)).fit()
        told("fitting how counts move", 0.6)
        cached_dynamics(study.store, fitted.corridor, as_of=fitted.as_of, seed=seed)
    if given_up:
        raise given_up[0]
