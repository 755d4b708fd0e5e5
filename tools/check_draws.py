"""Hold the draws of the law's fit against NUTS (minutes; part of ``make calibrate``)."""

from __future__ import annotations

import argparse
import time

import polars as pl

from corredor.evaluation.draws import compare_draws, sample
from corredor.questions.study import load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, default=200, help="of each of two chains")
    parser.add_argument("--draws", type=int, default=48, help="of randomised maximum likelihood")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    fitted = load().fit()
    began = time.perf_counter()
    chains, said = sample(fitted, states=given.states, seed=given.seed)
    print(", ".join(f"{k} {v:.3g}" for k, v in said._asdict().items()))
    print(f"{time.perf_counter() - began:.0f} s")
    with pl.Config(tbl_cols=-1, float_precision=3):
        print(compare_draws(fitted, chains, given.draws))


if __name__ == "__main__":
    main()
