"""What a publisher's module provides, and what a parser gives back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from corredor.errors import CorredorError, Problem
from corredor.figures.publishers.months import as_date

if TYPE_CHECKING:
    import polars as pl

    from corredor.figures.http import Client

__all__ = [
    "AGENCIES",
    "SUMMED",
    "Link",
    "Notes",
    "Parsed",
    "Publisher",
    "RawFile",
    "Resource",
    "links_of",
]

#: Problems reported for one file before the rest are only counted.
SHOWN = 40
#: Larger files are read from disk as a stream instead of into memory.
STREAM = 64 * 1024 * 1024


#: Series whose figures a parser adds up from finer rows, so that a filter lowers them without
#: any label going: a period that falls below this share of the edition before is in doubt,
#: and so is a new period below the second share of the newest one held.
SUMMED = frozenset(
    {
        "cbp.nationwide.encounters",
        "bts.transborder.mode",
        "iom.deaths",
        "iom.deaths.incidents",
        "us.assistance",
        "us.assistance.constant",
    }
)

#: Agencies whose figures add up to a total by agency.
AGENCIES = frozenset({"USBP", "OFO"})


def plain(text: str) -> str:
    """Return text on one line without control characters, for quoting a file's own words."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


@dataclass(frozen=True)
class RawFile:
    """A publisher's file as it came: a name for messages and its bytes.

    ``path`` stands in for ``content`` when a file is too large to hold in memory.
    ``today`` is the day against which "in the future" is judged.
    """

    name: str
    content: bytes = b""
    path: Path | None = None
    url: str = ""
    today: date = field(default_factory=date.today)

    @classmethod
    def open(cls, path: Path, *, name: str | None = None, url: str = "") -> RawFile:
        """Read a file from disk; a large one is left there and streamed."""
        if path.stat().st_size > STREAM:
            return cls(name or path.name, path=path, url=url)
        return cls(name or path.name, path.read_bytes(), url=url)

    def head(self, count: int = 4096) -> bytes:
        if self.path is None:
            return self.content[:count]
        with self.path.open("rb") as handle:
            return handle.read(count)

    def stream(self) -> io.BufferedIOBase:
        return self.path.open("rb") if self.path is not None else io.BytesIO(self.content)

    def fault(
        self, what: str, fix: str = "", line: int | None = None, column: str | None = None
    ) -> CorredorError:
        """Return the error for one fault of the whole file."""
        return CorredorError(Problem(plain(what), fix, self.name, line, column))


@dataclass(frozen=True)
class Parsed:
    """What a parser made of one file.

    Attributes
    ----------
    frame
        Tidy figures: ``series``, ``start`` and ``end`` (first and last day, inclusive),
        the dimension columns (null where a series lacks one), ``value``.
    published
        The day of publication when the file states it.
    notes
        Remarks for a reader, one sentence each (rows left out and why).
    adds_up
        The file has totals of its own and its parts were found to add up to them, so that
        it is the whole of the periods it covers.
    rows, left_out
        Rows of the file, and those of them that went into no figure (0 rows: not told).
    """

    frame: pl.DataFrame
    published: date | None = None
    notes: tuple[str, ...] = ()
    adds_up: bool = False
    rows: int = 0
    left_out: int = 0


@dataclass
class Notes:
    """Collects every problem of a file, so that they are told together."""

    raw: RawFile
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(
        self, what: str, fix: str = "", line: int | None = None, column: str | None = None
    ) -> None:
        self.count += 1
        if len(self.problems) < SHOWN:
            where = plain(column) if column else None
            self.problems.append(Problem(plain(what), fix, self.raw.name, line, where))

    def stop_if_any(self) -> None:
        """Raise everything collected so far; the file is then refused as a whole."""
        if not self.problems:
            return
        rest = self.count - len(self.problems)
        more = (
            [Problem(f"{rest} more problems like these", "mend these first", self.raw.name)]
            if rest
            else []
        )
        raise CorredorError([*self.problems, *more])


@dataclass(frozen=True)
class Link:
    """A link found on a page: where it leads and the words on it."""

    url: str
    text: str = ""


@dataclass(frozen=True)
class Resource:
    """One thing a publisher puts out and how to get it.

    Exactly one of three ways applies. A file with a lasting address has only ``url``.
    A file whose address changes has ``pick``, which chooses among the links of the
    page at ``url`` (newest first; every one returned is fetched). A paged interface has
    ``pages``, which yields the pages' bodies and is joined by ``join`` into one file.

    ``by_hand`` says, in one sentence, how to get a source that offers no file at all.
    ``large`` resources (over a gigabyte) are fetched only when asked for by name.
    """

    id: str
    title: str
    url: str
    parse: Callable[[RawFile], Parsed]
    pick: Callable[[Sequence[Link]], Sequence[Link]] | None = None
    pages: Pages | None = None
    dated_by_server: bool = True
    by_hand: str = ""
    large: bool = False
    max_bytes: int | None = None


@dataclass(frozen=True)
class Pages:
    """A paged interface.

    ``address(base, n, previous)`` returns the address of page ``n`` (from 0), or None when
    ``previous`` (the body of page n-1) was the last; ``stamp`` returns a short text that
    changes when the data does (or "" when the interface has none) and the day it names.
    """

    address: Callable[[str, int, bytes | None], str | None]
    join: Callable[[Sequence[bytes]], bytes]
    stamp: Callable[[Client, str], tuple[str, date | None]] | None = None
    limit: int = 2000


@dataclass(frozen=True)
class Publisher:
    """An institution, where it publishes, and its resources."""

    id: str
    name: str
    home: str
    resources: tuple[Resource, ...]
    licence: str = ""

    def resource(self, name: str) -> Resource:
        for one in self.resources:
            if one.id == name:
                return one
        raise KeyError(name)


class _Anchors(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.found: list[list[str]] = []
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag != "a":
            return
        href = dict(attrs).get("href")
        self._open = href.strip() if href else None
        if self._open:
            self.found.append([self._open, ""])

    def handle_data(self, data: str) -> None:
        if self._open and self.found:
            self.found[-1][1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = None


def links_of(page: bytes, base: str) -> tuple[Link, ...]:
    """Return the links of a web page that stay on the page's own host, in order.

    A link that leaves the host is not followed: a hijacked page should not be able
    to hand us a file from elsewhere.
    """
    text = page.decode("utf-8", errors="replace")
    reader = _Anchors(base)
    try:
        reader.feed(text)
        reader.close()
    except (AssertionError, ValueError):  # html.parser on pathological markup
        return ()
    host = (urlsplit(base).hostname or "").removeprefix("www.")
    out: dict[str, Link] = {}
    for href, words in reader.found:
        try:
            url = urljoin(base, href)
            there = (urlsplit(url).hostname or "").removeprefix("www.")
        except ValueError:
            continue
        if there == host and urlsplit(url).scheme in {"http", "https"}:
            out.setdefault(url, Link(url, " ".join(words.split())))
    return tuple(out.values())


def matching(links: Iterable[Link], pattern: str) -> Iterator[tuple[Link, re.Match[str]]]:
    """Yield the links whose address matches a pattern (case ignored), with the match."""
    compiled = re.compile(pattern, re.IGNORECASE)
    for link in links:
        found = compiled.search(link.url)
        if found:
            yield link, found


def tidy(
    series: str, dims: Sequence[str], values: Mapping[tuple[object, ...], float | int]
) -> pl.DataFrame:
    """Build a tidy frame from ``{(start, end, *dims): value}``, sorted, with fixed types.

    Values become Int64 when all are integers, else Float64.
    """
    import polars as pl

    keys = sorted(values, key=lambda k: tuple((v is not None, str(v)) for v in k))
    whole = all(isinstance(v, int) for v in values.values())
    columns: dict[str, pl.Series] = {
        "series": pl.Series([series] * len(keys), dtype=pl.String),
        "start": pl.Series([as_date(k[0]) for k in keys], dtype=pl.Date),
        "end": pl.Series([as_date(k[1]) for k in keys], dtype=pl.Date),
    }
    for i, dim in enumerate(dims):
        columns[dim] = pl.Series([k[2 + i] for k in keys], dtype=pl.String)
    columns["value"] = pl.Series([values[k] for k in keys], dtype=pl.Int64 if whole else pl.Float64)
    return pl.DataFrame(columns)


def together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Stack frames of several series; a dimension one of them lacks is null there."""
    import polars as pl

    out = pl.concat(frames, how="diagonal_relaxed")
    return out.select([c for c in out.columns if c != "value"] + ["value"])
