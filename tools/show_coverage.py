"""Print what the tests run, by package, and the files they run least (``make coverage``)."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

_LEAST = 0.7  # files below this share are named


def main(path: str) -> None:
    files = json.loads(Path(path).read_text(encoding="utf-8"))["files"]
    ran: dict[str, int] = defaultdict(int)
    whole: dict[str, int] = defaultdict(int)
    least = []
    for name, found in files.items():
        inside = name.split("src/corredor/")[-1].split("/")
        lines, hit = found["summary"]["num_statements"], found["summary"]["covered_lines"]
        for key in (inside[0] if len(inside) > 1 else "(top)", "all"):
            ran[key] += hit
            whole[key] += lines
        if lines and hit / lines < _LEAST:
            least.append((hit / lines, "/".join(inside), lines - hit))
    for key in sorted(whole, key=lambda k: (k == "all", k)):
        print(f"{key:14s} {ran[key] / max(whole[key], 1):6.1%} of {whole[key]:6d} lines")
    if least:
        print(f"\nless than {_LEAST:.0%}, and lines that no test ran:")
    for share, name, left in sorted(least):
        print(f"{share:6.1%}  {left:4d}  {name}")
    print(
        "\nNot seen, and not counted where they are marked: compiled kernels, which run as machine "
        "code\n(tests/engine/reference.py holds them), and what tests start as processes of their "
        "own:\nthe command's verbs, the server's workers (web/worker.py), loky's and Dask's."
    )


if __name__ == "__main__":
    main(sys.argv[1])
