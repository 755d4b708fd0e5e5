"""Read a corridor from a folder; every problem of every file is reported at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from corredor.corridor.checks import ASSUMPTION, Draft, Fault, run_checks
from corredor.corridor.countries import country_names
from corredor.corridor.faults import sentence
from corredor.corridor.model import (
    Event,
    Facility,
    Household,
    Measure,
    Nationality,
    Parameter,
    Place,
    Record,
    Route,
    from_table,
)
from corredor.corridor.network import Corridor
from corredor.corridor.nodes import Document, read_yaml
from corredor.corridor.observations import OBSERVING_FILES, observing_faults, read_observing
from corredor.corridor.observing import Observing, Prior
from corredor.corridor.sheets import decode, read_sheet
from corredor.errors import CorredorError, Problem, closest
from corredor.figures.own import own_catalogue, read_own

__all__ = ["FILES", "load_corridor", "shipped_corridors"]

_SHIPPED = Path(__file__).with_name("data")
#: Files of a corridor folder. What is counted may be all that is known of a corridor: then it has
#: observations.yaml, and neither places nor routes.
FILES = (
    "corridor.yaml",
    "places.csv",
    "routes.csv",
    "sources.yaml",
    "measures.yaml",
    "events.yaml",
    "parameters.csv",
    "ports.csv",
    *OBSERVING_FILES,
)
_OPTIONAL = ("measures.yaml", "events.yaml", "parameters.csv", "ports.csv", *OBSERVING_FILES)
_NETWORK = ("places.csv", "routes.csv")
_META = (
    "id",
    "name",
    "name_es",
    "description",
    "description_es",
    "channels",
    "checkpoints",
    "languages",
    "nationalities",
    "households",
    "parameters",
    "measures_until",
)
_R = TypeVar("_R", bound=BaseModel)


def shipped_corridors() -> list[str]:
    """Return the names of the corridors that come with the package."""
    return sorted(p.name for p in _SHIPPED.iterdir() if (p / "corridor.yaml").is_file())


def load_corridor(where: str | Path, *, late_announcements: bool = True) -> Corridor:
    """Read a corridor.

    Parameters
    ----------
    where
        Name of a corridor that comes with the package (``"americas"``) or the path of a
        folder, see ``docs/corridor.md``.
    late_announcements
        Whether a measure may be announced after it starts.

    Raises
    ------
    CorredorError
        With every problem of every file: file, line, column or key, and the likely fix.
    """
    if str(where) in shipped_corridors():
        return _shipped(str(where), late_announcements)
    folder = Path(where)
    if not _is_folder(folder):
        names = shipped_corridors()
        raise CorredorError(
            Problem(
                f"there is no corridor '{where}'",
                f"give a folder, or one of the shipped: {', '.join(names)}",
            )
        )
    return _Reader(folder, late_announcements).read()


@lru_cache(maxsize=8)
def _shipped(name: str, late: bool) -> Corridor:
    return _Reader(_SHIPPED / name, late).read()


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name the system refuses, such as one with a NUL
        return False


@dataclass
class _Table:
    """Records of one table, and where each of them stands."""

    records: list[Any] = field(default_factory=list)
    spots: list[Callable[[str | None], tuple[str, int | None]]] = field(default_factory=list)
    spoilt: set[str] = field(default_factory=set)


class _Reader:
    def __init__(self, folder: Path, late: bool) -> None:
        self.folder = folder
        self.late = late
        self.problems: list[Problem] = []
        self.tables: dict[str, _Table] = {}

    def read(self) -> Corridor:
        self.only_counts = (self.folder / "observations.yaml").is_file() and not any(
            (self.folder / name).is_file() for name in _NETWORK
        )
        texts = {name: self._text(name) for name in FILES}
        meta = self._document("corridor.yaml", texts["corridor.yaml"])
        self._sheet("places", texts["places.csv"], Place)
        self._sheet("routes", texts["routes.csv"], Route)
        self._listed("measures", texts["measures.yaml"], Measure)
        self._listed("events", texts["events.yaml"], Event)
        self._sheet("parameters", texts["parameters.csv"], Parameter)
        self._sheet("facilities", texts["ports.csv"], Facility, "ports.csv")
        sources = self._sources(texts["sources.yaml"])
        head = self._meta(meta) if meta else {}
        observing = self._observing(meta, texts, sources)
        draft = Draft(
            **{name: table.records for name, table in self.tables.items()},
            sources=sources,
            channels=head.get("channels", ()),
            checkpoints=head.get("checkpoints", ()),
            spoilt={name: frozenset(t.spoilt) for name, t in self.tables.items()},
            late_announcements=self.late,
        )
        faults = run_checks(draft)
        if texts["sources.yaml"] is None or not sources:
            faults = [f for f in faults if f.column != "source"]
        lost: tuple[str, ...]
        if not meta:  # every word would be unknown
            lost = ("channel", "checkpoint", "nationalities")
            faults = [f for f in faults if f.column not in lost]
        if any(texts[f] is None for f in _NETWORK):
            lost = ("start", "end", "returns_to", "origin", "places", "routes")
            faults = [f for f in faults if not (f.column in lost and "there is no" in f.what)]
        self.problems += [self._placed(f) for f in faults]
        if self.problems:
            order = {str(self.folder / name): i for i, name in enumerate(FILES)}
            self.problems.sort(key=lambda p: (order.get(p.file, 9), p.line or 0))
            raise CorredorError(list(dict.fromkeys(self.problems)))
        return self._build(head, sources, observing)

    def _build(
        self, head: dict[str, Any], sources: dict[str, str], observing: Observing | None
    ) -> Corridor:
        fields = {name: tuple(table.records) for name, table in self.tables.items()}
        try:
            return Corridor(
                **head, **fields, sources=sources, observing=observing, folder=str(self.folder)
            )
        except CorredorError as error:
            file = str(self.folder / "corridor.yaml")
            raise CorredorError(
                [Problem(p.what, p.fix, p.file or file, p.line, p.column) for p in error.problems]
            ) from None

    def _observing(
        self, meta: Document | None, texts: dict[str, str | None], sources: dict[str, str]
    ) -> Observing | None:
        """What is observed, checked against the catalogue and the routes."""
        docs = {f: self._document(f, texts[f]) for f in OBSERVING_FILES if f.endswith(".yaml")}
        self._sheet("priors", texts["priors.csv"], Prior)
        rows = self.tables.pop("priors")
        priors = [(p, at(None)[1]) for p, at in zip(rows.records, rows.spots, strict=True)]
        value = meta.value if meta and isinstance(meta.value, dict) else {}
        head: dict[str, Any] = {}
        points = value.get("checkpoints")
        if isinstance(points, list) and all(isinstance(p, str) for p in points):
            head["checkpoints"] = {p: {} for p in points}
        elif isinstance(points, dict):
            head["checkpoints"] = {k: {} if v is None else v for k, v in points.items()}
        if isinstance(value.get("languages"), list):
            head["languages"] = value["languages"]
        made, sheaf = read_observing(head, {**docs, "corridor.yaml": meta}, self._name, priors)
        self.problems += sheaf.problems
        try:
            if self.folder.parent != _SHIPPED:  # figures that ship were read when it was made
                read_own(self.folder)
            known = own_catalogue(self.folder)
        except CorredorError as error:
            self.problems += error.problems
            return None  # every series of its own would be unknown
        if made is None:
            return None
        routes = self.tables["routes"].records
        faults = observing_faults(
            made,
            known,
            passed=None if self.only_counts else {r.checkpoint for r in routes if r.checkpoint},
            nationalities=[n.id for n in self.tables["nationalities"].records],
            sources={*sources, ASSUMPTION},
        )
        self.problems += [sheaf.problem(f.path, f.what, f.fix) for f in faults]
        return made

    # -- files --------------------------------------------------------------------------

    def _name(self, file: str) -> str:
        return str(self.folder / file)

    def _text(self, file: str) -> str | None:
        path = self.folder / file
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            spared = (*_NETWORK, "sources.yaml") if self.only_counts else ()
            if file not in (*_OPTIONAL, *spared):
                near = self._similar(file)
                self.problems.append(Problem("the file is missing", near, self._name(file)))
            return None
        except OSError as error:
            reason = error.strerror or "it cannot be opened"
            self.problems.append(
                Problem(f"the file cannot be read: {reason}", "check it", self._name(file))
            )
            return None
        text, problems = decode(raw, self._name(file))
        self.problems += problems
        return text

    def _similar(self, file: str) -> str:
        names = [n for n in os.listdir(self.folder) if n not in FILES]
        near = closest(file, names) if names else ""
        return f"add it ({near})" if near.startswith("did you") else "add it"

    def _document(self, file: str, text: str | None) -> Document | None:
        if text is None:
            return None
        doc = read_yaml(text, self._name(file))
        self.problems += doc.problems
        if doc.value is None and not doc.problems:
            self.problems.append(Problem("the file is empty", "fill it in", self._name(file)))
        return doc if doc.value is not None else None

    # -- tables -------------------------------------------------------------------------

    def _sheet(self, name: str, text: str | None, model: type[BaseModel], file: str = "") -> None:
        table = self.tables.setdefault(name, _Table())
        if text is None:
            return
        file = self._name(file or f"{name}.csv")
        fields = model.model_fields
        required = [k for k, f in fields.items() if f.is_required()]
        sheet = read_sheet(
            text, file, required, list(fields), also=_FURTHER if "texts" in fields else ""
        )
        self.problems += sheet.problems
        lacking = {p.column for p in sheet.problems if p.what.endswith("is missing")}
        for row, line in zip(sheet.rows, sheet.lines, strict=True):
            known: dict[str, Any] = {k: v for k, v in row.items() if k in fields}
            if more := {
                k[-2:]: v for k, v in row.items() if k not in fields and re.match(_FURTHER, k)
            }:
                known["texts"] = more
            self._add(table, known, model, _at(file, line), lacking, text=True)

    def _listed(self, name: str, text: str | None, model: type[Record]) -> None:
        """Read a YAML file that holds one list of records."""
        table = self.tables.setdefault(name, _Table())
        file = f"{name}.yaml"
        doc = self._document(file, text)
        if doc is None:
            return
        if isinstance(doc.value, list):
            self._records(table, doc, (), doc.value, file, model)
        else:
            self._refuse(file, 1, "the file is not a list", "start every entry with '- id:'")

    def _records(
        self,
        table: _Table,
        doc: Document,
        path: tuple[str | int, ...],
        values: list[Any],
        file: str,
        model: type[Record],
    ) -> None:
        for i, value in enumerate(values):
            here = (*path, i)
            if not isinstance(value, dict):
                line = doc.line(*here)
                self._refuse(file, line, "an entry is not a set of keys", "write '- id: …' lines")
                continue
            self._add(table, _in_two(value, ("description",)), model, self._spot(doc, here, file))

    def _spot(
        self, doc: Document, path: tuple[str | int, ...], file: str
    ) -> Callable[[str | None], tuple[str, int | None]]:
        def spot(column: str | None) -> tuple[str, int | None]:
            return self._name(file), doc.line(*path, *(column.split(".") if column else []))

        return spot

    def _add(
        self,
        table: _Table,
        row: dict[str, Any],
        model: type[_R],
        spot: Callable[[str | None], tuple[str, int | None]],
        lacking: set[str | None] | frozenset[str | None] = frozenset(),
        *,
        text: bool = False,
    ) -> None:
        """Add a record; ``text`` for a table, where every number is written as text."""
        try:
            with from_table(text):
                table.records.append(model.model_validate(row))
            table.spots.append(spot)
            return
        except (ValidationError, CorredorError) as error:
            # a record reports its own faults without a place; here we know the place
            cause = error.__context__ if isinstance(error, CorredorError) else error
            if not isinstance(cause, ValidationError):
                raise
            found = cause.errors(include_url=False)
        table.spoilt.add(str(row.get("id", "")))
        fields = list(model.model_fields)
        for one in found:
            column = str(one["loc"][0]) if one["loc"] else None
            if one["type"] == "missing" and column in lacking:
                continue  # the header was reported once for all rows
            what, fix = sentence(dict(one), fields)
            inner = one.get("ctx", {}).get("name")  # of a number among several
            file, line = spot(f"{column}.{inner}" if inner else column)
            column = inner or column
            if column in ("lat", "lon") and _swapped(row):
                fix = "lat and lon seem swapped; put latitude first"
            self.problems.append(Problem(what, fix, file, line, column))

    def _refuse(self, file: str, line: int | None, what: str, fix: str, key: str = "") -> None:
        self.problems.append(Problem(what, fix, self._name(file), line, key or None))

    def _placed(self, fault: Fault) -> Problem:
        file, line = self.tables[fault.table].spots[fault.index](fault.column)
        column = (fault.column or "").rpartition(".")[2] or None
        return Problem(fault.what, fault.fix, file, line, column)

    # -- corridor.yaml and sources.yaml ---------------------------------------------------

    def _sources(self, text: str | None) -> dict[str, str]:
        file = "sources.yaml"
        doc = self._document(file, text)
        if doc is None:
            return {}
        if not isinstance(doc.value, dict):
            self._refuse(file, 1, "the file is not a set of keys", "write 'key: citation' lines")
            return {}
        for key, value in doc.value.items():
            if not isinstance(value, str) or not value.strip():
                self._refuse(
                    file, doc.line(key), f"the citation of '{key}' is not text", "write it out", key
                )
        return {k: str(v) for k, v in doc.value.items()}

    def _meta(self, doc: Document) -> dict[str, Any]:
        file = "corridor.yaml"
        value = doc.value
        if not isinstance(value, dict):
            self._refuse(file, 1, "the file is not a set of keys", "write 'key: value' lines")
            value = {}
        for key in value:
            if key not in _META:
                self._refuse(file, doc.line(key), f"unknown key '{key}'", closest(key, _META), key)
        head: dict[str, Any] = {}
        value = _in_two(value, ("name", "description"))
        head["texts"] = value.get("texts", {})
        for key in ("id", "name", "name_es", "description", "description_es"):
            text = value.get(key)
            if text is None and key in ("id", "name", "name_es"):
                self._refuse(file, 1, f"'{key}' is missing", "add it", key)
            elif text is not None and not isinstance(text, str):
                self._refuse(file, doc.line(key), f"{key} is not text", "put it in quotes", key)
            elif text is not None:
                head[key] = text
        head["channels"] = self._words(doc, "channels", value.get("channels"))
        points = value.get("checkpoints")
        given = [str(p) for p in points] if isinstance(points, dict) else points
        head["checkpoints"] = self._words(doc, "checkpoints", given)
        if isinstance(value.get("nationalities"), list):
            value["nationalities"] = {n: {} for n in value["nationalities"]}
        if (until := value.get("measures_until")) is not None:
            try:
                head["measures_until"] = date.fromisoformat(str(until))
            except ValueError:
                key = "measures_until"
                self._refuse(file, doc.line(key), f"{key} is not a day", "write YYYY-MM-DD", key)
        for name, model in (
            ("nationalities", Nationality),
            ("households", Household),
            ("parameters", Parameter),
        ):
            self._keyed(doc, name, value.get(name), model)
        return head

    def _words(self, doc: Document, key: str, value: object) -> tuple[str, ...]:
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
        self._refuse(
            "corridor.yaml",
            doc.line(key),
            f"{key} is not a list of words",
            "write it as [a, b]",
            key,
        )
        return ()

    def _keyed(self, doc: Document, name: str, value: object, model: type[Record]) -> None:
        """Read records that are keyed by their id."""
        table = self.tables.setdefault(name, _Table())
        file = "corridor.yaml"
        if value is None:
            return
        if not isinstance(value, dict):
            self._refuse(
                file, doc.line(name), f"{name} is not a set of keys", "write 'ID: {…}' lines", name
            )
            return
        for ident, fields in value.items():
            if not isinstance(fields, dict):
                self._refuse(
                    file,
                    doc.line(name, ident),
                    f"'{ident}' is not a set of keys",
                    "write '{key: value, …}'",
                    ident,
                )
                continue
            if model is Nationality:
                fields = {**_country_names(ident), **fields}
            if "texts" in model.model_fields:
                fields = _in_two(fields, ("name",))
            self._add(table, {"id": ident, **fields}, model, self._spot(doc, (name, ident), file))


_TWO = ("en", "es")  # languages with a field of their own
_FURTHER = r"name_[a-z]{2}$"  # columns of further languages


def _in_two(value: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Let a text be given by language, ``{en: …, es: …}``, in place of ``name`` and ``name_es``."""
    out = dict(value)
    for key in keys:
        texts = value.get(key)
        if isinstance(texts, dict) and texts and all(isinstance(t, str) for t in texts.values()):
            first = texts.get("en") or next(iter(texts.values()))
            out |= {key: first, f"{key}_es": texts.get("es") or first}
            if key == keys[0] and (more := {k: t for k, t in texts.items() if k not in _TWO}):
                out["texts"] = more
    return out


def _country_names(code: object) -> dict[str, str]:
    """The name of a country in both languages, where its code is known."""
    found = country_names(str(code))
    return {} if found is None else {"name": found[0], "name_es": found[1]}


def _at(file: str, line: int) -> Callable[[Any], tuple[str, int]]:
    """Say of any key of a table's row where it is: on the row's line."""
    return lambda _: (file, line)


def _swapped(row: dict[str, Any]) -> bool:
    try:
        lat, lon = float(row.get("lat", "")), float(row.get("lon", ""))
    except (TypeError, ValueError):
        return False
    return abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180
