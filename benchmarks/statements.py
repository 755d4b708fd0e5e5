"""How long a check takes: cold start in a fresh process, then 5,000 and 100,000 words once loaded.

Run ``python benchmarks/statements.py``; times are printed, nothing is asserted.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from pathlib import Path

SENTENCES = Path(__file__).parent.parent / "tests" / "statements" / "data"


def article(words: int) -> str:
    """An article of the length asked for, from the labelled sentences, over and over."""
    found = []
    for name in ("written.csv",):
        with (SENTENCES / name).open(encoding="utf-8") as file:
            found += [row["sentence"] for row in csv.DictReader(file)]
    out: list[str] = []
    n = 0
    while n < words:
        for sentence in found:
            out.append(sentence)
            n += len(sentence.split())
            if n >= words:
                break
    return "\n\n".join(" ".join(out[i : i + 6]) for i in range(0, len(out), 6))


def main() -> None:
    code = (
        "import corredor as co; print(co.check('520,085 people crossed the Darién in 2023.', "
        "published='2024-01-05').verdict)"
    )
    for turn in (1, 2, 3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        print(f"cold start, one sentence ({turn}): {time.perf_counter() - start:.2f} s")
    import corredor as co

    with co.Store.open() as store:
        co.check(
            "Warm up: 520,085 crossed the Darién in 2023.", published="2024-06-30", store=store
        )
        for words in (5_000, 5_000, 100_000):
            text = article(words)
            start, cpu = time.perf_counter(), time.process_time()
            report = co.check(text, published="2024-06-30", store=store)
            took = time.perf_counter() - start
            used = time.process_time() - cpu
            n = len(report.statements)
            print(f"{words:,} words, {n} statements: {took:.2f} s, {used:.2f} s of processor")


if __name__ == "__main__":
    main()
