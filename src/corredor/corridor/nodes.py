"""YAML read as nodes, so that every value keeps its line.

Only what a corridor needs: maps, lists and scalars. Dates stay text (the records check
them), keys given twice are reported, and anchors and tags are refused: they would let a
small file grow without bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from corredor.errors import Problem

__all__ = ["Document", "read_yaml"]

_CORE = "tag:yaml.org,2002:"
_DEEPEST = 20


@dataclass
class Document:
    """Values of a YAML file, the lines they stand on, and what was wrong.

    ``lines`` maps a path, such as ``("measures", 3, "start")``, to its 1-based line.
    """

    value: Any = None
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, *path: str | int) -> int | None:
        """Return the line of a path, or of its nearest ancestor."""
        for n in range(len(path), -1, -1):
            if path[:n] in self.lines:
                return self.lines[path[:n]]
        return None


def read_yaml(text: str, file: str) -> Document:
    """Read one YAML document; faults are collected, never raised."""
    doc = Document()
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        doc.problems.append(_syntax(error, text, file))
        return doc
    except YAMLError as error:
        words = " ".join(str(error).split())
        doc.problems.append(Problem(f"not YAML: {words}", "correct it", file, 1))
        return doc
    except RecursionError:
        doc.problems.append(Problem("nested too deeply", "make it flat", file, 1))
        return doc
    except (ValueError, AttributeError, TypeError, IndexError, KeyError, AssertionError):
        # the parser lets a few malformed directives and escapes through as plain errors
        doc.problems.append(Problem("not YAML", "check directives and escapes", file, 1))
        return doc
    if root is not None:
        doc.value = _Builder(doc, file).build(root, ())
    return doc


def _syntax(error: MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else None
    rows = text.splitlines()
    row = rows[line - 1] if line and line <= len(rows) else ""
    indent = row[: len(row) - len(row.lstrip())]
    if "\t" in indent or "\\t" in str(error.problem):
        return Problem("a tab is used for indentation", "use spaces", file, line)
    words = " ".join(str(error.problem or error.context or "syntax error").split())
    fix = "check colons, quotes, brackets and indentation near here"
    return Problem(f"not YAML: {words}", fix, file, line)


class _Builder:
    def __init__(self, doc: Document, file: str) -> None:
        self.doc = doc
        self.file = file
        self.seen: set[int] = set()

    def refuse(self, node: Any, what: str, fix: str) -> None:
        line = node.start_mark.line + 1
        self.doc.problems.append(Problem(what, fix, self.file, line))

    def build(self, node: Any, path: tuple[str | int, ...]) -> Any:
        self.doc.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self.seen:
            self.refuse(node, "anchors and aliases are not supported", "write the value out")
            return None
        self.seen.add(id(node))
        if len(path) > _DEEPEST:
            self.refuse(node, "nested too deeply", "make it flat")
            return None
        if isinstance(node, MappingNode):
            return self._map(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return self._scalar(node)

    def _map(self, node: MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.refuse(key_node, "a key is not a word", "write key: value")
                continue
            key = key_node.value
            if key in found:
                self.refuse(key_node, f"the key '{key}' is given twice", "remove one")
                continue
            self.doc.lines[(*path, key)] = key_node.start_mark.line + 1
            found[key] = self.build(value_node, (*path, key))
        return found

    def _scalar(self, node: ScalarNode) -> Any:
        tag = str(node.tag).removeprefix(_CORE)
        text = node.value
        if tag in ("str", "timestamp"):
            return text
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() in ("true", "yes", "on", "y")
        try:
            if tag == "int":
                return int(text.replace("_", ""), 10)
            if tag == "float":
                return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            return text
        self.refuse(node, f"the tag '{tag}' is not supported", "write a plain value")
        return None
