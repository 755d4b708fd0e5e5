"""What the tables of a corridor's brief list: ``brief.yaml`` of its folder.

Labels are by language, as everywhere in a corridor. A corridor without the file is shown with
its counts and their forecast alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from corredor.corridor.faults import sentence
from corredor.corridor.model import Id, Words
from corredor.corridor.nodes import Document, read_yaml
from corredor.corridor.observing import ANY, Labels, Part, Ref, Reference, Where
from corredor.errors import CorredorError, Problem, closest

if TYPE_CHECKING:
    from corredor.corridor import Corridor
    from corredor.figures.catalogue import Series

__all__ = ["FILE", "Deaths", "Group", "Row", "Shown", "read_shown"]

#: File of a corridor's folder.
FILE = "brief.yaml"
_INNER: dict[str, type[BaseModel]] = {}
Spot = tuple[str | int, ...]


class Row(Part):
    """A row of the table of latest figures.

    Attributes
    ----------
    series, where
        Monthly figures.
    label
        What they are, by language.
    annual
        Yearly figures, shown for a year that the months do not reach.
    money
        Whether they are US dollars.
    late
        Whether newest months fill up for years, so that they are compared with none.
    """

    series: Words
    where: Where = Field(default_factory=dict)
    label: Labels
    annual: Reference | None = None
    money: bool = False
    late: bool = False

    @property
    def figures(self) -> Ref:
        """Which figures the row shows."""
        return Ref(series=self.series, where=self.where)


class Group(Part):
    """Rows under a heading."""

    title: Labels
    rows: tuple[Row, ...] = Field(min_length=1)


class Deaths(Part):
    """Recorded deaths by month, in parts such as routes or zones.

    Attributes
    ----------
    series, where, dim
        Monthly figures by a dimension.
    labels
        By word of the dimension, its name by language; other words are not shown apart.
    """

    series: Words
    where: Where = Field(default_factory=dict)
    dim: Words
    labels: dict[str, Labels] = Field(min_length=1)

    @property
    def figures(self) -> Ref:
        """Which figures are shown."""
        return Ref(series=self.series, where=self.where)


class Headline(Part):
    """Sentences of the headline, by language; words in braces are filled in.

    Attributes
    ----------
    main
        Of the newest main count: ``{value}``, ``{month}``.
    upstream
        By checkpoint, of its newest count: ``{n}``, ``{month}``.
    before
        The sentence that holds those: ``{list}``.
    ahead
        Of the forecast of the main count: ``{first}``, ``{median}``, ``{span}``, ``{last}``,
        ``{wide}``.
    """

    main: Labels = Field(default_factory=dict)
    upstream: dict[Id, Labels] = Field(default_factory=dict)
    before: Labels = Field(default_factory=dict)
    ahead: Labels = Field(default_factory=dict)


#: Words that each sentence of the headline may hold.
_FILLED = {
    "main": ("value", "month"),
    "upstream": ("n", "month"),
    "before": ("list",),
    "ahead": ("first", "median", "span", "last", "wide"),
}


class Shown(Part):
    """What a brief lists.

    Attributes
    ----------
    latest
        Groups of the table of latest figures.
    deaths
        Recorded deaths.
    notes
        What to know of this corridor before its counts are read, by language.
    headline
        Sentences of the headline; without them, plain ones of labels.
    authorities
        Whose measures stand first on the line of time.
    pages
        Views that are of this corridor alone: ``ports`` (goods and ports of a border), ``table``
        (packages of measures) and ``record`` (texts held against figures).
    example
        A sentence that can be held against the figures, by language.
    words
        Texts that figures bring, and how they read, by language.
    """

    headline: Headline = Field(default_factory=Headline)
    authorities: tuple[str, ...] = ()
    pages: tuple[Literal["ports", "table", "record"], ...] = ()
    latest: tuple[Group, ...] = ()
    deaths: Deaths | None = None
    notes: tuple[Labels, ...] = ()
    example: Labels = Field(default_factory=dict)
    words: dict[str, Labels] = Field(default_factory=dict)


_INNER.update(latest=Group, rows=Row, deaths=Deaths, annual=Ref, headline=Headline)


def read_shown(corridor: Corridor, catalogue: Mapping[str, Series]) -> Shown:
    """Read what a corridor's brief lists; nothing where its folder does not say.

    Raises
    ------
    CorredorError
        With every fault: file, line and key.
    """
    file = Path(corridor.folder) / FILE
    if not corridor.folder or not file.is_file():
        return Shown()
    doc = read_yaml(file.read_text(encoding="utf-8-sig"), str(file))
    if doc.problems:
        raise CorredorError(doc.problems)
    if not isinstance(doc.value, dict):
        raise CorredorError(
            Problem("the file is not a set of keys", "write 'key: value'", str(file), 1)
        )
    try:
        made = Shown.model_validate(doc.value)
    except ValidationError as error:
        found = [_fault(doc, file, dict(e)) for e in error.errors(include_url=False)]
        raise CorredorError(found) from None
    languages = corridor.observed().languages
    problems = [
        Problem(what, fix, str(file), doc.line(*path), str(path[-1]))
        for path, what, fix in (
            *_series(made, catalogue),
            *_labels(made, languages),
            *_sentences(made, corridor.observed().counted),
        )
    ]
    if problems:
        raise CorredorError(problems)
    return made


def _fault(doc: Document, file: Path, error: dict[str, Any]) -> Problem:
    path = tuple(error["loc"])
    names = [p for p in path if isinstance(p, str)]
    record: type[BaseModel] = Shown
    for name in names[:-1]:
        record = _INNER.get(name, record)
    what, fix = sentence({**error, "loc": names[-1:]}, list(record.model_fields))
    return Problem(what, fix, str(file), doc.line(*path), names[-1] if names else None)


def _refs(shown: Shown) -> Iterator[tuple[Spot, Ref, str]]:
    """Every reference to a series, and the dimension that it must have."""
    for i, group in enumerate(shown.latest):
        for k, row in enumerate(group.rows):
            yield ("latest", i, "rows", k, "series"), row.figures, ""
            if row.annual is not None:
                yield ("latest", i, "rows", k, "annual"), row.annual, ""
    if shown.deaths is not None:
        yield ("deaths", "series"), shown.deaths.figures, shown.deaths.dim


def _series(shown: Shown, catalogue: Mapping[str, Series]) -> Iterator[tuple[Spot, str, str]]:
    for path, ref, needs in _refs(shown):
        one = catalogue.get(ref.series)
        if one is None:
            fix = closest(ref.series, list(catalogue)) + ", or declare it in series.yaml"
            yield path, f"there is no series '{ref.series}'", fix
            continue
        for dim in (*ref.where, *((needs,) if needs else ())):
            if dim not in one.dims:
                fix = closest(dim, one.dims) if one.dims else "it has no dimension"
                yield path, f"'{one.id}' has no dimension '{dim}'", fix
        for dim, words in ref.where.items():
            for word in words if dim in one.dims else ():
                if one.canonical(dim, word) is None:
                    fix = closest(word, one.known(dim))
                    yield path, f"'{word}' is not a {dim} of '{one.id}'", fix


def _said(shown: Shown) -> Iterator[tuple[Spot, str, Mapping[str, str]]]:
    """Sentences of the headline: where each is, which it is, and its texts."""
    h = shown.headline
    for name in ("main", "before", "ahead"):
        yield ("headline", name), name, getattr(h, name)
    for point, texts in h.upstream.items():
        yield ("headline", "upstream", point), "upstream", texts


def _sentences(shown: Shown, counted: Sequence[str]) -> Iterator[tuple[Spot, str, str]]:
    for point in shown.headline.upstream:
        if point not in counted:
            here = ("headline", "upstream", point)
            yield here, f"there is no count '{point}'", closest(point, counted)
    for path, name, texts in _said(shown):
        for lang, text in texts.items():
            try:
                text.format(**dict.fromkeys(_FILLED[name], ""))
            except (KeyError, IndexError, ValueError):
                known = ", ".join(f"{{{w}}}" for w in _FILLED[name])
                yield path, f"the text in {lang} holds a word that is not filled in", f"use {known}"


def _labels(shown: Shown, languages: tuple[str, ...]) -> Iterator[tuple[Spot, str, str]]:
    texts: list[tuple[Spot, Mapping[str, str]]] = []
    for i, group in enumerate(shown.latest):
        texts.append((("latest", i, "title"), group.title))
        texts += [(("latest", i, "rows", k, "label"), r.label) for k, r in enumerate(group.rows)]
    if shown.deaths is not None:
        texts += [(("deaths", "labels", w), t) for w, t in shown.deaths.labels.items()]
    texts += [(("notes", i), t) for i, t in enumerate(shown.notes)]
    texts += [(("words", w), t) for w, t in shown.words.items()]
    texts += [(path, t) for path, _, t in (*_said(shown), (("example",), "", shown.example)) if t]
    for path, text in texts:
        missing = [n for n in languages if n not in text and ANY not in text]
        if missing:
            yield path, f"the text is not given in {', '.join(missing)}", f"add {missing[0]}: …"
