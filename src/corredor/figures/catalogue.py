"""The catalogue: every series, what it counts, who publishes it, and what to beware of.

The entries are data (``data/catalogue/*.yaml``), one file for a family of publishers. What
is common to a publisher is said once in its block and may be overridden in a series.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from corredor.errors import CorredorError, Problem, closest
from corredor.figures import codes
from corredor.figures.codes import ALL, COUNTRIES, DIMS, MONEY

__all__ = ["PERIODS", "Break", "Series", "catalogue", "dims_of", "made_of", "series", "text"]

PERIODS = ("month", "year", "fiscal_year", "range")
_PUBLISHER_KEYS = {"publisher", "publisher_url", "licence", "lag_days", "first_issue", "series"}
_SERIES_KEYS = {
    "id",
    "title_en",
    "title_es",
    "counts",
    "unit",
    "dims",
    "period",
    "lag_days",
    "first_issue",
    "licence",
    "publisher_url",
    "rounding",
    "signed",
    "nested",
    "read_from",
    "caveat_en",
    "caveat_es",
    "breaks",
}


@dataclass(frozen=True)
class Break:
    """A day from which a series no longer means quite the same, and why."""

    start: date
    note_en: str
    note_es: str


@dataclass(frozen=True)
class Series:
    """One statistic a publisher issues.

    Attributes
    ----------
    id
        The name used everywhere ("cbp.swb.encounters").
    counts
        What one unit is (an event is not a person).
    unit
        The unit of ``value``; money and rates are floating point, the rest whole numbers.
    dims
        The dimension columns, in table order.
    period
        ``month``, ``year``, ``fiscal_year`` (October to September) or ``range``.
    lag_days
        Days from the end of a period to its usual publication, used to estimate a
        publication date that is not known.
    first_issue
        The day the publication first appeared; an estimate is never earlier.
    rounding
        The publisher rounds each cell to a multiple of this (1: not rounded).
    signed
        Whether values below zero can be right (net flows, de-obligated money).
    nested
        Whether rows contain one another, so that totals are not the sum of the rest.
    read_from
        The files of the compiled data the shipped figures were read from.
    words
        By closed dimension of a series that a corridor brings, each word and its spellings;
        None: the closed dimensions are those of the shipped series.
    titles
        Its title in other languages than English and Spanish.
    """

    id: str
    title_en: str
    title_es: str
    publisher: str
    publisher_url: str
    counts: str
    unit: str
    dims: tuple[str, ...]
    period: str
    lag_days: int
    licence: str
    read_from: tuple[str, ...] = ()
    first_issue: date | None = None
    rounding: int = 1
    signed: bool = False
    nested: bool = False
    caveat_en: str = ""
    caveat_es: str = ""
    breaks: tuple[Break, ...] = ()
    words: Mapping[str, Mapping[str, tuple[str, ...]]] | None = field(default=None, hash=False)
    titles: Mapping[str, str] = field(default_factory=dict, hash=False)

    def known(self, dim: str) -> tuple[str, ...]:
        """Return the words that a closed dimension admits, sorted; empty for an open one."""
        if self.words is None or dim in COUNTRIES:
            return codes.known(dim)
        return tuple(sorted(self.words.get(dim, ())))

    def canonical(self, dim: str, text: str) -> str | None:
        """Return the word for what a file says, or None when it is not known."""
        if self.words is None or dim in COUNTRIES:
            return codes.canonical(dim, text)
        word = " ".join(text.split())
        if word.upper() in {ALL, "TOTAL"}:
            return ALL
        return codes.among(word, self.words[dim]) if dim in self.words else word or None

    @property
    def whole(self) -> bool:
        """Whether values are whole numbers."""
        return self.unit not in MONEY


@lru_cache(maxsize=1)
def text() -> str:
    """Return the catalogue's source text, all files in order (for fingerprints)."""
    folder = resources.files("corredor.figures") / "data" / "catalogue"
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".yaml"))
    return "\n---\n".join((folder / name).read_text(encoding="utf-8") for name in names)


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Series]:
    """Return every series by its id, in catalogue order.

    Raises
    ------
    CorredorError
        When an entry has an unknown key, dimension or period kind, or an id twice.
    """
    from ruamel.yaml import YAML

    found, problems = made_of(YAML(typ="safe", pure=True).load_all(text()))
    if problems:
        raise CorredorError(problems)
    return found


def made_of(documents: Iterable[Any]) -> tuple[dict[str, Series], list[Problem]]:
    """Make the series of some documents of publishers' blocks, and say what is wrong with them."""
    found: dict[str, Series] = {}
    problems: list[Problem] = []
    for document in documents:
        for block in document:
            common = {k: v for k, v in block.items() if k in _PUBLISHER_KEYS - {"series"}}
            for key in set(block) - _PUBLISHER_KEYS:
                problems.append(Problem(f"unknown key '{key}' in a publisher's block"))
            for entry in block["series"]:
                try:
                    one = _series(common, entry)
                except (KeyError, TypeError, ValueError) as error:
                    problems.append(Problem(f"series {entry.get('id')}: {error}"))
                    continue
                if one.id in found:
                    problems.append(Problem(f"series {one.id} is in the catalogue twice"))
                found[one.id] = one
    return found, problems


def dims_of(known: Mapping[str, Series]) -> tuple[str, ...]:
    """Return every dimension column of a catalogue, in the order they stand in a table."""
    return tuple(dict.fromkeys([*DIMS, *(d for s in known.values() for d in s.dims)]))


def _series(common: Mapping[str, Any], entry: Mapping[str, Any]) -> Series:
    if unknown := set(entry) - _SERIES_KEYS:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    fields: dict[str, Any] = {**common, **entry}
    fields["dims"] = tuple(d for d in DIMS if d in entry.get("dims", ()))
    if len(fields["dims"]) != len(entry.get("dims", ())):
        raise ValueError(f"unknown dimension in {entry['dims']}")
    if fields["period"] not in PERIODS:
        raise ValueError(f"unknown period kind '{fields['period']}'")
    fields["read_from"] = tuple(entry.get("read_from", ()))
    fields["breaks"] = tuple(
        Break(b["start"], b["note_en"], b["note_es"]) for b in entry.get("breaks", ())
    )
    for key in ("caveat_en", "caveat_es"):
        fields[key] = " ".join(str(fields.get(key, "")).split())
    return Series(**fields)


def series(name: str) -> Series:
    """Return one series by its id.

    Raises
    ------
    CorredorError
        When there is none of that id; the nearest is offered.
    """
    known = catalogue()
    if name not in known:
        raise CorredorError(Problem(f"unknown series '{name}'", closest(name, list(known))))
    return known[name]
