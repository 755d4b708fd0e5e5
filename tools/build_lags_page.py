"""Estimate how long the way takes and write its page: ``make lags``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corredor.corridor import Corridor, load_corridor
from corredor.i18n import country_name
from corredor.inference.kernels import moments, responses
from corredor.inference.lags import Lag
from corredor.inference.pace import days_of_leg, pace_of
from corredor.questions.study import load

Floats = NDArray[np.float64]

TARGET = Path(__file__).parents[1] / "docs" / "lags.md"
_WAYS = {
    "darien-honduras": "Darién → counted in Honduras",
    "darien-mexico": "Darién → event in Mexico",
    "darien-border": "Darién → encounter at the US southwest border",
}

_TOP = """# How long the way takes

Made by `make lags` from the shipped figures (`corredor lags` prints the same for yours). No
publisher reports how long people take from the Darién to the US border: these are our estimates,
from monthly counts by nationality at both ends. `corredor.inference.lags` is the model: the change
of the log of a count further north is the change of the log of those due to arrive, given
the people counted at the Darién in the months before and a log-normal time of passage, plus a
step of the share of them who get there, with heavy tails. NumPyro's NUTS, two chains, split R-hat
at most 1.05.

Days within which half, and nine in ten, *of those who arrive within ten months* have arrived:
medians of the posterior, with 80 % intervals. "Typical" is the middle of them.

"""

_END = """
## What the law says

Stays in the south of Mexico are drawn so that the fitted law's mean of these days is that of the
counts, draw by draw ([decision 34](decisions/0034-arrivals-first.md)). Like with like: everybody
met at the border within ten months, those among them who were sent south or back across the border
and came again. The law at its best fit, and beside it the counts' median and 80 % interval:

| period | | half, days | nine in ten, days | mean, days |
|---|---|---|---|---|
{law}

So the number of people under way is the one that counts tell, with its uncertainty. The law still
makes people too much alike: by the counts some are there in a month and others take seven. From
the Darién to Honduras it takes {honduras:.0f} days on average, which is too long: each of eight
journeys is a day at least.

## How far to trust it

- A month is a coarse clock. What moves both ends slowly tells nothing; the intervals say so. The
  prior of the median is log-normal with a factor of 2.5 either way around {guesses} days (an
  assumption); that of its spread around 0.6.
- Counts in Mexico and at the border are of events. A person met several times counts several
  times, so times to an event are longer than the way to the place, above all in Mexico.
- People who settle, turn back or come another way are in the share, not in the time. A measure
  that moves the share in the very month in which people would have come can pass for a delay.
- The second period begins with the month in which people could first wait in Mexico for an
  appointment (CBP One, January 2023). How much of a difference is that waiting, and how much
  the crowds of 2023, counts cannot tell.
- Only nationalities of whom most who reach the end pass the Darién are used; Haiti's and China's
  later ways by air blur theirs.
- Made-up corridors with known times are found again (tests/inference/test_lags.py).
"""


def page(lags: list[Lag], law: list[Floats], honduras: float) -> str:
    """Return the page, in Markdown.

    ``law`` has the law's shares by day to the border, of both periods, and ``honduras`` its mean
    days from the Darién to Honduras.
    """
    out = [_TOP]
    for lag in lags:
        out.append(f"## {_WAYS[lag.leg.id]}\n\n")
        out.append("| nationality | period | half, days | nine in ten, days |\n|---|---|---|---|\n")
        for r in lag.table().iter_rows(named=True):
            code = r["nationality"]
            name = "typical" if code == "ALL" else country_name(code, "en")
            when = "to 2022" if lag.leg.changed else "all"
            if r["since"]:
                when = f"from {r['since']:%B %Y}"
            out.append(
                f"| {name} | {when} | {r['half']:.0f} ({r['half_low']:.0f}–{r['half_high']:.0f}) "
                f"| {r['most']:.0f} ({r['most_low']:.0f}–{r['most_high']:.0f}) |\n"
            )
        d = lag.report
        out.append(
            f"\n{d['months']} months, {d['draws']} draws, {d['divergences']} divergences, "
            f"largest R-hat {d['largest_rhat']}.\n\n"
        )
    guesses = ", ".join(f"{leg.guess:.0f}" for leg in load_corridor("americas").observed().legs)
    border = next(x for x in lags if x.leg.id == load_corridor("americas").observed().pace)
    rows = []
    counted = border.table().filter(nationality="ALL").iter_rows(named=True)
    for days, r in zip(law, counted, strict=True):
        when = f"from {r['since']:%B %Y}" if r["since"] else "to 2022"
        within = np.cumsum(days)
        half, most = (int(np.searchsorted(within, q)) for q in (0.5, 0.9))
        rows.append(f"| {when} | law | {half} | {most} | {days @ np.arange(len(days)):.0f} |")
        cells = (
            f"{r[n]:.0f} ({r[n + '_low']:.0f}–{r[n + '_high']:.0f})"
            for n in ("half", "most", "mean")
        )
        rows.append(f"| | counts | {' | '.join(cells)} |")
    return (
        "".join(out).rstrip("\n")
        + "\n"
        + _END.format(law="\n".join(rows), guesses=guesses, honduras=honduras)
    )


def _to_honduras(corridor: Corridor) -> float:
    """Mean days from the Darién to Honduras, by the law."""
    made = responses(corridor, 1.0)
    leg = next(i for i, leg in enumerate(made.legs) if leg.channel == "darien")
    (darien, _), (honduras, _) = (moments(x) for x in made.leg[:2, leg])
    return honduras - darien


def main() -> None:
    study = load()
    fitted, o = study.fit(), study.corridor.observed()
    leg = next(x for x in o.legs if x.id == o.pace)
    law = [
        days_of_leg(study.corridor, fitted.model, fitted.best, leg, pace)[i]
        for i, pace in enumerate(pace_of(fitted.best))
    ]
    TARGET.write_text(page(study.lags(), law, _to_honduras(study.corridor)), encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
