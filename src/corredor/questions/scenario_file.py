"""What-if files: a scenario in ten lines of YAML.

.. code-block:: yaml

    name: Rail open
    base: americas
    as_of: 2023-11-30          # optional
    without: [rail-eagle-pass-2023, rail-el-paso-2023]
    changed:                   # published measures with other dates or numbers
      - {id: lukeville-2023, start: 2023-12-10, end: 2023-12-20}
    measures:
      - {kind: staffing, at: eagle-pass, start: 2023-12-10, officers: 60}
    events:
      - {id: walk, kind: caravan, places: [tapachula], start: 2023-12-24,
         parameters: {people: 6000}}
    parameters: {pooled-share: 0.3}
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from corredor.corridor import Measure
from corredor.corridor.nodes import Document, read_yaml
from corredor.corridor.numbers import (
    EVENT_NUMBERS,
    MEASURE_NUMBERS,
    happening_faults,
    lever_faults,
    number_faults,
)
from corredor.corridor.sheets import decode
from corredor.errors import CorredorError, Problem, closest
from corredor.questions.study import Study, as_date, load

__all__ = ["KEYS", "read_scenario"]

KEYS = ("name", "base", "as_of", "without", "changed", "measures", "events", "parameters")


def read_scenario(
    path: Path | str, *, as_of: date | str | None = None, store: Path | None = None
) -> Study:
    """Read a what-if file.

    Parameters
    ----------
    path
        A YAML file; see the module for its keys.
    as_of
        Day whose figures are used, where the file gives none.
    store
        The figures; the user's by default.

    Raises
    ------
    CorredorError
        With every problem of the file: key, line and what to do.
    """
    file = Path(path)
    doc = _document(file)
    return _Scenario(file, doc).read(as_of, store)


class _Scenario:
    def __init__(self, file: Path, doc: Document) -> None:
        self.file, self.doc = file, doc
        self.content: dict[str, Any] = doc.value
        self.problems: list[Problem] = []

    def read(self, as_of: date | str | None, store: Path | None) -> Study:
        self._shape()
        self._stop()
        day: date | None = None
        try:
            day = as_date(self.content.get("as_of", as_of), "day")
        except CorredorError as error:
            self._refuse_all(error, "as_of")
        self._stop()
        study = load(str(self.content.get("base", "americas")), as_of=day, store=store)
        self.study = study.named(str(self.content.get("name", self.file.stem)))
        if self.content.get("without"):
            ids = map(str, self.content["without"])
            self._attempt(lambda s: s.without_measure(*ids), "without")
        self._each("changed", self._changed)
        self._each("measures", self._measure)
        self._each("events", self._event)
        for name, value in (self.content.get("parameters") or {}).items():
            self._parameter(name, value)
        self._stop()
        return self.study

    # -- faults -------------------------------------------------------------------------

    def _stop(self) -> None:
        if self.problems:
            raise CorredorError(self.problems)

    def _refuse(self, what: str, fix: str, *key: str | int, name: str = "") -> None:
        """Add a problem at a key, or at the number ``name`` of it where that has a line."""
        inner = [(*key, "parameters", name), (*key, name)] if name else []
        at = next((p for p in inner if p in self.doc.lines), key)
        column = name or next((str(k) for k in reversed(key) if isinstance(k, str)), None)
        self.problems.append(Problem(what, fix, str(self.file), self.doc.line(*at), column))

    def _refuse_all(self, error: CorredorError, *key: str | int) -> None:
        for p in error.problems:
            name = (p.column or "").rpartition(".")[2]
            self._refuse(p.what, p.fix or "correct it", *key, name=name)

    def _attempt(self, change: Callable[[Study], Study], *key: str | int) -> None:
        try:
            self.study = change(self.study)
        except CorredorError as error:
            self._refuse_all(error, *key)
        except TypeError:
            self._refuse("the entry is not complete", "give kind, at and start", *key)

    def _shape(self) -> None:
        for key in self.content:
            if key not in KEYS:
                self._refuse(f"unknown key '{key}'", closest(str(key), KEYS), key)
        for key in ("measures", "changed", "events", "without"):
            if not isinstance(self.content.get(key, []), list | None):
                self._refuse(f"'{key}' is not a list", "write '- …' lines", key)
        if not isinstance(self.content.get("parameters", {}), dict | None):
            self._refuse("'parameters' is not a set of keys", "write 'id: number'", "parameters")

    # -- entries ------------------------------------------------------------------------

    def _each(self, key: str, change: Callable[[int, Any], None]) -> None:
        for i, fields in enumerate(self.content.get(key) or []):
            change(i, fields)

    def _changed(self, i: int, fields: Any) -> None:
        if not isinstance(fields, dict) or not isinstance(fields.get("id"), str):
            fix = "write '- {id: …, end: …}'"
            self._refuse("a changed measure has no id", fix, "changed", i)
            return
        ident, before = fields["id"], self.study.corridor
        rest = {k: v for k, v in _flat(fields).items() if k != "id"}
        known = len(self.problems)
        self._attempt(lambda s: s.with_changed_measure(ident, **rest), "changed", i)
        if len(self.problems) == known and self.study.corridor.measures == before.measures:
            what = f"'{ident}' is changed to what it is, which changes nothing"
            self._refuse(what, "give another date or number, or leave it out", "changed", i)

    def _measure(self, i: int, fields: Any) -> None:
        if not isinstance(fields, dict) or not isinstance(fields.get("kind"), str):
            fix = "write '- {kind: …, at: …, start: …}'"
            self._refuse("a measure has no kind", fix, "measures", i)
            return
        flat = _flat(fields)
        numbers = {k: v for k, v in flat.items() if k not in _FIELDS}
        known = len(self.problems)
        kind = flat["kind"]
        found = [*lever_faults(kind, numbers), *number_faults(kind, numbers, MEASURE_NUMBERS)]
        for name, what, fix in found:
            self._refuse(what, fix, "measures", i, name=name or "")
        if len(self.problems) == known:
            self._attempt(lambda s: s.with_measure(**flat), "measures", i)

    def _event(self, i: int, fields: Any) -> None:
        if not isinstance(fields, dict):
            fix = "write '- {id: …, kind: …}'"
            self._refuse("an event is not a set of keys", fix, "events", i)
            return
        inner = fields.get("parameters")
        numbers = inner if isinstance(inner, dict) else {}
        kind, known = str(fields.get("kind")), len(self.problems)
        found = [
            *happening_faults(kind, fields, numbers),
            *number_faults(kind, numbers, EVENT_NUMBERS),
        ]
        for name, what, fix in found:
            self._refuse(what, fix, "events", i, name=name or "")
        if len(self.problems) == known:
            self._attempt(lambda s: s.with_event(**fields), "events", i)

    def _parameter(self, name: str, value: Any) -> None:
        if isinstance(value, str):
            what = f"parameter '{name}' is '{value[:40]}', a word or a number in quotes"
            self._refuse(what, "give a number, without quotes", "parameters", name)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse(f"parameter '{name}' is not a number", "give a number", "parameters", name)
        else:
            self._attempt(lambda s: s.with_parameters(**{name: value}), "parameters", name)


#: Fields of a measure that stand beside its numbers.
_FIELDS = {*Measure.model_fields, "at"} - {"parameters", "strength"}


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    """Let numbers of a measure stand under ``parameters`` or beside the other keys."""
    inner = fields.get("parameters")
    rest = {k: v for k, v in fields.items() if k != "parameters"}
    return {**rest, **inner} if isinstance(inner, dict) else rest


def _document(file: Path) -> Document:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CorredorError(
            Problem(f"the scenario cannot be read ({error.strerror})", "check its name", str(file))
        ) from None
    text, problems = decode(raw, str(file))
    if text is None or problems:
        raise CorredorError(problems)
    doc = read_yaml(text, str(file))
    if doc.problems:
        raise CorredorError(doc.problems)
    if not isinstance(doc.value, dict):
        raise CorredorError(
            Problem(
                "the file is not a set of keys", "write 'name: …' and 'measures:'", str(file), 1
            )
        )
    return doc
