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

from datetime import date
from pathlib import Path
from typing import Any

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
    content, line = _document(file)
    problems: list[Problem] = []

    def refuse(what: str, fix: str, *key: str | int) -> None:
        problems.append(Problem(what, fix, str(file), line(*key), str(key[0]) if key else None))

    for key in content:
        if key not in KEYS:
            refuse(f"unknown key '{key}'", closest(str(key), KEYS), key)
    for key in ("measures", "changed", "events", "without"):
        if key in content and not isinstance(content[key], list):
            refuse(f"'{key}' is not a list", "write '- …' lines", key)
    if not isinstance(content.get("parameters", {}), dict):
        refuse("'parameters' is not a set of keys", "write 'id: number'", "parameters")
    if problems:
        raise CorredorError(problems)
    day = as_date(content.get("as_of", as_of), "day")
    study = load(str(content.get("base", "americas")), as_of=day, store=store)
    study = study.named(str(content.get("name", file.stem)))

    def attempt(change: Any, *key: str | int) -> None:
        nonlocal study
        try:
            study = change(study)
        except CorredorError as error:
            for p in error.problems:
                refuse(p.what, p.fix or "correct it", *key)
        except TypeError:
            refuse("the entry is not complete", "give kind, at and start", *key)

    if content.get("without"):
        attempt(lambda s: s.without_measure(*map(str, content["without"])), "without")
    for i, fields in enumerate(content.get("changed") or []):
        if not isinstance(fields, dict) or not isinstance(fields.get("id"), str):
            refuse("a changed measure has no id", "write '- {id: …, end: …}'", "changed", i)
            continue
        rest = {k: v for k, v in _flat(fields).items() if k != "id"}
        attempt(lambda s, f=fields, r=rest: s.with_changed_measure(f["id"], **r), "changed", i)
    for i, fields in enumerate(content.get("measures") or []):
        if not isinstance(fields, dict) or "kind" not in fields:
            refuse("a measure has no kind", "write '- {kind: …, at: …, start: …}'", "measures", i)
            continue
        attempt(lambda s, f=fields: s.with_measure(**_flat(f)), "measures", i)
    for i, fields in enumerate(content.get("events") or []):
        if not isinstance(fields, dict):
            refuse("an event is not a set of keys", "write '- {id: …, kind: …}'", "events", i)
            continue
        attempt(lambda s, f=fields: s.with_event(**f), "events", i)
    if content.get("parameters"):
        numbers = content["parameters"]
        bad = [
            k for k, v in numbers.items() if isinstance(v, bool) or not isinstance(v, (int, float))
        ]
        if bad:
            refuse(f"parameter '{bad[0]}' is not a number", "give a number", "parameters", bad[0])
        else:
            attempt(lambda s: s.with_parameters(**numbers), "parameters")
    if problems:
        raise CorredorError(problems)
    return study


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    """Let numbers of a measure stand under ``parameters`` or beside the other keys."""
    inner = fields.get("parameters")
    rest = {k: v for k, v in fields.items() if k != "parameters"}
    return {**rest, **inner} if isinstance(inner, dict) else rest


def _document(file: Path) -> tuple[dict[str, Any], Any]:
    from corredor.corridor.nodes import read_yaml
    from corredor.corridor.sheets import decode

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
    return doc.value, doc.line
