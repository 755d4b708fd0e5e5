"""Build what is released, and try it: python tools/build_dist.py [PYTHON …].

Writes into ``dist/``: source archive and wheel, the list of everything an installation brings
(CycloneDX, with licences), and the same as a table. The wheel is installed in an environment
outside the checkout, with the pinned versions and no others; there the command gives the same
bytes as the checkout, and tests of the source archive pass. Further interpreters that are named
must give the same bytes too.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
EXTRAS = "engine,fit,brief,check,web"
#: Makes the list of packages; it is run by itself and is no dependency of ours.
LISTER = "cyclonedx-bom==7.3.0"
#: What must be the same from checkout and wheel. ``{out}`` is a folder of its own.
ASKED = (
    "figures list",
    "figures show panama.darien.total --csv",
    "forecast --members 64 --horizon 3 --json",
    "forecast --members 64 --horizon 3 --hubverse {out}/hubverse.csv",
    "check 'Border Patrol recorded 249,785 encounters in December 2023.' --as-of 2024-02-01 --json",
    "run --start 2023-08-01 --days 30 --members 8 --json",
    "brief --corridor mediterranean --as-of 2025-06-30 --out {out}/brief",
)
#: Tests of the source archive that are run on the installed wheel.
TESTS = ("tests/test_files.py", "tests/test_cache.py", "tests/figures_store/test_store.py")
TOOLS = ("pytest", "hypothesis")
#: Licences that a package has in its archive and does not tell in its metadata.
UNTOLD = {"multipledispatch": "BSD-3-Clause"}


def say(text: str) -> None:
    """Tell what is done."""
    print(text, flush=True)


def run(*command: str | Path, **more: object) -> str:
    """Run a program; its output is shown where it fails."""
    asked = [str(c) for c in command]
    made = subprocess.run(asked, capture_output=True, text=True, **more)  # type: ignore[call-overload]
    if made.returncode:
        sys.exit(f"{' '.join(asked)}\n{made.stdout[-4000:]}\n{made.stderr[-4000:]}")
    return str(made.stdout)


def uv(*args: str | Path, **more: object) -> str:
    """Run uv, which the environment of developers has."""
    return run(sys.executable, "-m", "uv", *args, **more)


def build() -> tuple[Path, Path]:
    """Build the source archive, and the wheel from it; twice, to see that both are the same."""
    moment = run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()
    env = {**os.environ, "SOURCE_DATE_EPOCH": moment}
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        for where in (DIST, Path(scratch)):
            uv("build", "--quiet", "--out-dir", where, ROOT, env=env)
            archive, wheel = next(where.glob("*.tar.gz")), next(where.glob("*.whl"))
            found.append([hashlib.sha256(p.read_bytes()).hexdigest() for p in (archive, wheel)])
    if found[0] != found[1]:
        sys.exit("two builds of one commit differ")
    archive, wheel = next(DIST.glob("*.tar.gz")), next(DIST.glob("*.whl"))
    for path in (archive, wheel):
        say(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, the same built twice")
    return archive, wheel


def pins() -> dict[str, str]:
    """Read the pinned versions, by the names an index knows."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    return {_plain(n): v for n, _, v in (line.partition("==") for line in lines)}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def install(folder: Path, wheel: Path, interpreter: str = sys.executable) -> Path:
    """Install the wheel and see that nothing came that is not pinned; returns its Python."""
    uv("venv", "--quiet", "--python", interpreter, folder)
    python = folder / "bin" / "python"
    asked = ("pip", "install", "--quiet", "--python", python, "-c", ROOT / "constraints.txt")
    uv(*asked, f"corredor[{EXTRAS}] @ file://{wheel}")
    listed = json.loads(uv("pip", "list", "--format", "json", "--python", python))
    got = {_plain(p["name"]): p["version"] for p in listed if p["name"] != "corredor"}
    loose = sorted(f"{n} {v}" for n, v in got.items() if pins().get(n) != v)
    if loose:
        sys.exit(f"not pinned in constraints.txt: {', '.join(loose)}")
    size = sum(f.stat().st_size for f in (folder / "lib").rglob("*") if f.is_file())
    say(f"installed with {EXTRAS}: {len(got)} packages, {size / 1e6:,.0f} MB, all as pinned")
    return python


def list_packages(python: Path, wheel: Path) -> None:
    """Write what the installation brought, with licences."""
    name = wheel.name.split("-py3")[0]
    target = DIST / f"{name}.cdx.json"
    uv(
        "tool", "run", "--quiet", "--from", LISTER, "cyclonedx-py", "environment",
        "--output-reproducible", "--pyproject", ROOT / "pyproject.toml",
        "--mc-type", "library", "--output-file", target, python,
    )  # fmt: skip
    if "file://" in target.read_text(encoding="utf-8"):
        sys.exit("the list of packages names a folder of this machine")
    rows = [
        (one["name"], one["version"], _licence(one) or UNTOLD.get(one["name"], ""))
        for one in json.loads(target.read_text(encoding="utf-8"))["components"]
        if one["name"] != "corredor"
    ]
    unknown = [n for n, _, licence in rows if not licence]
    if unknown:
        sys.exit(f"no licence is told by: {', '.join(unknown)}")
    lines = ["| package | version | licence |", "| --- | --- | --- |"]
    lines += [
        f"| {n} | {v} | {licence} |" for n, v, licence in sorted(rows, key=lambda r: r[0].lower())
    ]
    (DIST / f"{name}.licences.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    say(f"{target.name}: {len(rows)} packages, each with its licence")


def _licence(component: dict[str, object]) -> str:
    """What a package says of its licence, in short."""
    told = []
    for one in component.get("licenses", []):  # type: ignore[attr-defined]
        licence = one.get("license", {})
        told.append(one.get("expression") or licence.get("id") or licence.get("name") or "")
    short = [t.split("\n")[0].strip() for t in told if t]
    return "; ".join(
        dict.fromkeys(t.removeprefix("License :: ").removeprefix("OSI Approved :: ") for t in short)
    )


def outputs(python: Path, folder: Path, source: str) -> dict[str, bytes]:
    """Ask everything and return what was printed and written."""
    folder.mkdir()
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    env |= {"CORREDOR_STORE": str(folder / "store.duckdb"), "CORREDOR_CACHE": str(folder / "cache")}
    env |= {"HOME": str(folder), **({"PYTHONPATH": source} if source else {})}
    found = {}
    for line in ASKED:
        words = shlex.split(line.format(out="out"))
        found[line] = run(python, "-m", "corredor", *words, cwd=folder, env=env).encode()
    for path in sorted((folder / "out").rglob("*")):
        if path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def compare(python: Path, scratch: Path) -> dict[str, bytes]:
    """See that wheel and checkout say the same, to the byte; returns it."""
    wheel = outputs(python, scratch / "wheel", "")
    same(wheel, outputs(python, scratch / "checkout", str(ROOT / "src")), "the checkout")
    told = [k for k in wheel if str(scratch).encode() in wheel[k]]
    if told:
        sys.exit(f"these name a folder of this machine: {', '.join(told)}")
    return wheel


def same(wheel: dict[str, bytes], other: dict[str, bytes], what: str) -> None:
    """Stop where outputs differ."""
    differ = [k for k in {*wheel, *other} if wheel.get(k) != other.get(k)]
    if differ:
        sys.exit(f"the wheel and {what} differ in: {', '.join(sorted(differ))}")
    total = sum(len(v) for v in wheel.values())
    say(f"{len(wheel)} outputs of the wheel are those of {what} ({total / 1e6:.1f} MB)")


def test(python: Path, archive: Path, scratch: Path) -> None:
    """Run tests of the source archive on the installed wheel."""
    with tarfile.open(archive) as packed:
        packed.extractall(scratch / "source", filter="data")
    (source,) = (scratch / "source").iterdir()
    known = pins()
    wanted = [f"{n}=={known[n]}" for n in TOOLS]
    uv("pip", "install", "--quiet", "--python", python, "-c", ROOT / "constraints.txt", *wanted)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "CORREDOR"))}
    told = run(python, "-m", "pytest", "-q", "-o", "addopts=", *TESTS, cwd=source, env=env)
    say(f"tests of the source archive on the wheel: {told.strip().splitlines()[-1].strip()}")


def main() -> None:
    """Build, list, compare and test."""
    DIST.mkdir(exist_ok=True)
    for old in DIST.glob("corredor-*"):
        old.unlink()
    archive, wheel = build()
    with tempfile.TemporaryDirectory(prefix="corredor-dist-") as folder:
        scratch = Path(folder)
        python = install(scratch / "installed", wheel)
        list_packages(python, wheel)
        made = compare(python, scratch)
        test(python, archive, scratch)
        for i, interpreter in enumerate(sys.argv[1:]):
            other = install(scratch / f"other-{i}", wheel, interpreter)
            same(made, outputs(other, scratch / f"out-{i}", ""), run(other, "-V").strip())


if __name__ == "__main__":
    main()
