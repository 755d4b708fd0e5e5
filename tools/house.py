"""Measure the house: lines, files, long functions, circles of imports, short names.

    python tools/house.py [FOLDER]

An import counts wherever it stands: at the top, in a function, for types alone. A circle is a
group of modules each of which imports, at some depth, every other. A local name is a parameter or
a name that a function binds, once in a function; ``self``, ``cls`` and ``_`` do not count.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = "corredor"
LONG = 60  # lines: a function of more is named
SHORT = 4  # letters: a name of so many or fewer is short
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Module:
    """What is measured in one file.

    Attributes
    ----------
    functions
        Lines and name of each, from ``def`` to the end.
    names
        Local names, each with its function.
    imports
        What is imported, and whether it is within a function, for types, or at the top.
    """

    name: str
    lines: int
    docstring: str
    functions: list[tuple[int, str]] = field(default_factory=list)
    names: set[tuple[str, str]] = field(default_factory=set)
    imports: set[tuple[str, str]] = field(default_factory=set)

    @property
    def room(self) -> str:
        """The package on top; files beside the packages are the ground."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 2 else "(ground)"


def read(folder: Path) -> dict[str, Module]:
    """Return every module of a package by its full name; packages end in ``__init__``."""
    found = {}
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text)
        name = ".".join((PACKAGE, *file.relative_to(folder).with_suffix("").parts))
        module = Module(name, len(text.splitlines()), ast.get_docstring(tree) or "")
        _take(module, tree, "", "top")
        found[name] = module
    return found


def _take(module: Module, node: ast.AST, within: str, where: str) -> None:
    """Add what stands under a node of the syntax tree, which is in a function or class."""
    for child in ast.iter_child_nodes(node):
        inner, how = within, where
        if isinstance(child, _Function | ast.ClassDef):
            inner = f"{within}.{child.name}".strip(".")
        if isinstance(child, _Function):
            how = "function"
            module.functions.append(((child.end_lineno or 0) - child.lineno + 1, inner))
            module.names |= {(inner, n) for n in _bound(child)}
        elif isinstance(child, ast.If) and getattr(child.test, "id", "") == "TYPE_CHECKING":
            how = "types"
        elif isinstance(child, ast.Import):
            module.imports |= {(a.name, how) for a in child.names}
        elif isinstance(child, ast.ImportFrom):
            module.imports |= {(f"{child.module}.{a.name}", how) for a in child.names}
        _take(module, child, inner, how)


def _bound(function: _Function) -> Iterator[str]:
    """Names that a function binds itself, not within another."""
    spec = function.args
    given = (*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg)
    yield from (a.arg for a in given if a is not None and a.arg not in ("self", "cls"))
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id.strip("_"):
            yield node.id
        if not isinstance(node, _Function | ast.Lambda | ast.ClassDef):
            todo += ast.iter_child_nodes(node)


def edges(modules: Mapping[str, Module]) -> dict[str, dict[str, set[str]]]:
    """Return which module imports which of ours, and how."""
    found: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in modules}
    for name, module in modules.items():
        for imported, how in module.imports:
            if (target := _home(modules, imported)) not in (None, name):
                found[name][target].add(how)
    return found


def _home(modules: Mapping[str, Module], imported: str) -> str | None:
    """The module of ours that a name is imported from, also where its package fetches it."""
    above, _, last = imported.rpartition(".")
    package = modules.get(f"{above}.__init__")
    if package and any(name == "__getattr__" for _, name in package.functions):
        offered = (i for i, how in package.imports if how == "types")
        imported = next((i for i in offered if i.endswith(f".{last}")), imported)
        above = imported.rpartition(".")[0]
    names = (imported, f"{imported}.__init__", above, f"{above}.__init__")
    return next((n for n in names if n in modules), None)


def circles(links: Mapping[str, Mapping[str, object]]) -> list[list[str]]:
    """Return groups of modules that import each other: what each reaches that reaches it."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(links[start])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += links[name]
        return seen

    far = {name: reached(name) for name in links}
    groups = {frozenset(o for o in far[n] if n in far[o]) for n in links if n in far[n]}
    return sorted(sorted(g) for g in groups)


def libraries(modules: Mapping[str, Module], start: str) -> frozenset[str]:
    """Return the libraries that are loaded as soon as a module of ours is imported."""
    found: set[str] = set()
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        todo += _packages(modules, name)
        for imported, how in modules[name].imports:
            root = imported.partition(".")[0]
            if how != "top":
                continue
            if root == PACKAGE:
                todo += filter(None, [_home(modules, imported)])
            elif root not in sys.stdlib_module_names:
                found.add(root)
    return frozenset(found)


def deferred(modules: Mapping[str, Module]) -> dict[tuple[str, str], list[str]]:
    """Return our own imports within functions, each with the libraries that it loads only then.

    Such an import is there for the extra that these libraries belong to, or for the time they
    take to load. One that defers none should stand at the top.
    """
    links = edges(modules)
    loaded = {name: libraries(modules, name) for name in modules}
    return {
        (name, target): sorted(loaded[target] - loaded[name])
        for name, targets in links.items()
        for target, how in targets.items()
        if "function" in how and "top" not in how
    }


def _packages(modules: Mapping[str, Module], name: str) -> list[str]:
    """The packages that are run before a module is."""
    parts = name.split(".")
    above = (".".join((*parts[:n], "__init__")) for n in range(2, len(parts)))
    return [p for p in above if p in modules]


def _short_names(modules: Mapping[str, Module]) -> tuple[int, int, list[tuple[str, int]]]:
    every = [name for m in modules.values() for _, name in m.names]
    short = [n for n in every if len(n.strip("_")) <= SHORT]
    return len(short), len(every), Counter(short).most_common(12)


def _print_rooms(modules: Mapping[str, Module]) -> None:
    rooms: dict[str, list[Module]] = defaultdict(list)
    for module in modules.values():
        rooms[module.room].append(module)
    print(f"{'package':14s} {'files':>5s} {'lines':>6s} {'short':>6s}  longest functions (lines)")
    for room, held in sorted(rooms.items(), key=lambda r: -sum(m.lines for m in r[1])):
        longest = sorted((f for m in held for f in m.functions), reverse=True)[:3]
        short, every, _ = _short_names({m.name: m for m in held})
        names = ", ".join(f"{name} {lines}" for lines, name in longest)
        lines = sum(m.lines for m in held)
        print(f"{room:14s} {len(held):5d} {lines:6d} {short / max(every, 1):6.0%}  {names}")
    lines = sum(m.lines for m in modules.values())
    print(f"{'all':14s} {len(modules):5d} {lines:6d}")


def main(folder: Path) -> None:
    """Print the measures of a package."""
    modules = read(folder)
    links = edges(modules)
    _print_rooms(modules)

    long = sorted(
        ((lines, f"{m.name}.{n}") for m in modules.values() for lines, n in m.functions),
        reverse=True,
    )
    print(f"\n{len(long)} functions, {sum(f[0] > LONG for f in long)} of over {LONG} lines:")
    for lines, name in (f for f in long if f[0] > LONG):
        print(f"{lines:6d}  {name}")

    found = circles(links)
    print(f"\ncircles of imports: {len(found) or 'none'}")
    for group in found:
        print("   ", " ↔ ".join(name.removeprefix(f"{PACKAGE}.") for name in group))
    within = deferred(modules)
    idle = [pair for pair, held in within.items() if not held]
    print(f"imports of our own modules within functions: {len(within)}")
    saved = Counter(library for held in within.values() for library in held)
    print(
        "    libraries that they load when used:",
        ", ".join(f"{k} {n}" for k, n in saved.most_common()),
    )
    print(f"    of these, that defer no library: {len(idle) or 'none'}")
    for name, target in idle:
        print(f"        {name} of {target}")

    short, every, most = _short_names(modules)
    bare = sum(len(name) <= 2 for m in modules.values() for _, name in m.names)
    print(f"\nlocal names: {every}, of {SHORT} letters or fewer {short} ({short / every:.0%}),")
    print(f"of one or two {bare} ({bare / every:.0%}); the most frequent short ones:")
    print("   ", ", ".join(f"{name} {count}" for name, count in most))

    empty = [m.name for m in modules.values() if not m.docstring.strip(" .")]
    print(f"\nmodules without a docstring: {len(empty) or 'none'}")
    for name in empty:
        print("   ", name)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else f"src/{PACKAGE}"))
