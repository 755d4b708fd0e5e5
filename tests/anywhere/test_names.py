"""No code or template knows a checkpoint, agency, country or series of one corridor: data do.

Parsers of publishers do, as their trade. ``STILL`` lists what has not been freed; it only shrinks.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "corredor"
NAMES = re.compile(
    r"\b(darien|usbp|ofo|USBP|OFO|MEX|PAN|cbp\.[a-z_.]+|panama\.[a-z_.]+|CBP"
    r"|Border Patrol|Dari[eé]n|Mexic\w+|M[eé]xico|United States|Honduras|Venezuela\w*"
    r"|[Ll]aredo|[Tt]apachula)\b"
)

#: Packages in which such names are left: parsers, and the words of statements of one corridor.
STILL = {"statements", "figures/publishers"}


def words_of(tree: ast.AST) -> list[str]:
    """Names and texts of a module, without its docstrings and comments."""
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    words = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            words.append(node.value)
        elif isinstance(node, ast.Name):
            words.append(node.id)
    return words


def test_names_of_one_corridor_are_data():
    found = {}
    for file in sorted(SOURCE.rglob("*.py")):
        name = file.relative_to(SOURCE).as_posix()
        if name == "corridor/countries.py":  # every country there is
            continue
        named = {m for w in words_of(ast.parse(file.read_text("utf-8"))) for m in NAMES.findall(w)}
        if named:
            found[name] = sorted(named)
    left = {n: v for n, v in found.items() if n not in STILL and not _inside(n)}
    assert not left
    assert {s for s in STILL if not any(n == s or n.startswith(f"{s}/") for n in found)} == set()


def _inside(name: str) -> bool:
    return any(name.startswith(f"{s}/") for s in STILL)


def test_names_of_one_corridor_are_in_no_template():
    files = [f for end in ("j2", "js", "css") for f in SOURCE.rglob(f"*.{end}")]
    assert len(files) > 20
    found = {f.name: named for f in files if (named := NAMES.findall(f.read_text("utf-8")))}
    assert not found
