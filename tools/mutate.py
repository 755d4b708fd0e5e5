"""Mutation test: change a module a little, and see whether its tests notice.

    python tools/mutate.py src/corredor/inference/pace.py tests/inference/test_pace.py --sample 20

Each mutant is one changed operator, number, comparison or condition, written into a copy of the
package. The tests run on it in a process of their own until the first failure. A mutant that
they pass has survived: it is the same program after all, or nothing holds that line in place.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_PRELOAD = ("numpy", "polars", "scipy.stats", "numba", "jax", "numpyro", "pytest", "hypothesis")
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Pow: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class Mutant:
    """A changed source, where it was changed, and how."""

    line: int
    what: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a source, in the order of its lines."""
    tree = ast.parse(source)
    for node in ast.walk(tree):  # nobody runs annotations
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    sites = sorted(_sites(tree), key=lambda s: (s[0].lineno, s[0].col_offset, s[1]))
    for node, kind in sites:
        changed = copy.deepcopy((tree, node))  # together: the node stays the tree's own
        before = ast.unparse(node)
        _change(changed[1], kind)
        yield Mutant(
            node.lineno, f"{before}  ->  {ast.unparse(changed[1])}", ast.unparse(changed[0])
        )


def _sites(tree: ast.AST) -> Iterator[tuple[Any, str]]:
    """Places that can be changed; annotations, ``__all__`` and what is for types alone cannot."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, ast.Assign) and "__all__" in ast.dump(child.targets[0]):
            continue
        if isinstance(child, (ast.BinOp, ast.BoolOp)) and type(child.op) in _SWAPS:
            yield child, "op"
        elif isinstance(child, ast.Compare) and type(child.ops[0]) in _SWAPS:
            yield child, "ops"
        elif isinstance(child, ast.Constant) and isinstance(child.value, (bool, int, float)):
            yield child, "value"
        elif isinstance(child, (ast.If, ast.While, ast.IfExp)):
            yield child, "test"
        yield from _sites(child)


def _change(node: Any, kind: str) -> None:
    if kind == "op":
        node.op = _SWAPS[type(node.op)]()
    elif kind == "ops":
        node.ops[0] = _SWAPS[type(node.ops[0])]()
    elif kind == "test":
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node.value, bool):
        node.value = not node.value
    elif isinstance(node.value, int):
        node.value += 1
    else:
        node.value = node.value * 1.5 or 1.0
    ast.fix_missing_locations(node)


def run(package: Path, tests: list[str], seconds: float, compiled: str) -> int:
    """Run tests on a copy of the package, in a process of their own; returns its exit status."""
    child = os.fork()
    if child == 0:
        with open(os.devnull, "w") as quiet:
            os.dup2(quiet.fileno(), 1)
            os.dup2(quiet.fileno(), 2)
        sys.path.insert(0, str(package))
        os.environ["PYTHONPATH"] = str(package)
        if compiled:
            from corredor.engine import machine_code

            machine_code.code_folder = lambda: Path(compiled)  # type: ignore[assignment]
        import pytest

        os._exit(int(pytest.main(["-x", "-q", "-n0", *tests])))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("module", type=Path)
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--sample", type=int, default=20, help="mutants tried (20)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=600.0, help="longest run of the tests")
    given = parser.parse_args()
    file = given.module.resolve()
    source = file.read_text(encoding="utf-8")
    found = list(mutants(source))
    chosen = sorted(
        random.Random(given.seed).sample(found, min(given.sample, len(found))),
        key=lambda m: m.line,
    )
    for name in _PRELOAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    survived = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        package = Path(folder) / "src"
        shutil.copytree(ROOT / "src", package, ignore=shutil.ignore_patterns("__pycache__"))
        target = package / file.relative_to(ROOT / "src")
        kernels = "@compiled" in source or "@inlined" in source
        compiled = "" if kernels else str(Path(folder) / "compiled")
        if run(package, given.tests, 3 * given.seconds, compiled) != 0:
            raise SystemExit("the tests do not pass on the module as it is")
        for i, one in enumerate(chosen, 1):
            target.write_text(one.source, encoding="utf-8")
            status = run(package, given.tests, given.seconds, compiled)
            if status == 0:
                survived.append(one)
            word = {0: "SURVIVED", -1: "too long"}.get(status, "noticed")
            print(f"{i}/{len(chosen)} {word} line {one.line}: {one.what}", flush=True)
    print(f"{given.module}: {len(chosen)} of {len(found)} mutants, {len(survived)} survived")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
