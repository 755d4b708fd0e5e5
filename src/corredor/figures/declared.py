"""The series that a corridor's folder declares in its ``series.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from corredor.errors import CorredorError, Problem, closest
from corredor.figures.catalogue import PERIODS, Break, Series, catalogue
from corredor.figures.codes import COUNTRIES

__all__ = ["read_series"]

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_DIM = re.compile(r"[a-z][a-z0-9_]*")
#: Keys of a series, and which may be left out.
_KEYS = {
    **dict.fromkeys(("id", "title", "publisher", "counts", "period"), True),
    **dict.fromkeys(("unit", "dims", "lag_days", "licence", "publisher_url", "first_issue"), False),
    **dict.fromkeys(("caveat", "breaks", "rounding", "signed", "nested"), False),
}
#: Names that a dimension cannot have: columns of every table.
_TAKEN = {
    *("series", "start", "end", "month", "year", "fiscal_year", "value", "seq"),
    *("published", "published_estimated", "edition", "source", "name"),
}


def read_series(file: Path) -> dict[str, Series]:
    """Read the series that a corridor declares.

    Raises
    ------
    CorredorError
        With every fault: file, line and key.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    name = str(file)
    try:
        entries = YAML(typ="rt", pure=True).load(file.read_text(encoding="utf-8-sig"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise CorredorError(
            Problem("not YAML", "check colons and indentation", name, line)
        ) from None
    except (YAMLError, UnicodeDecodeError):
        raise CorredorError(Problem("not YAML in UTF-8", "correct it", name, 1)) from None
    if not isinstance(entries, list) or not entries:
        raise CorredorError(
            Problem("the file is not a list", "start every series with '- id:'", name, 1)
        )
    found: dict[str, Series] = {}
    problems: list[Problem] = []
    where: Any = entries
    for i, entry in enumerate(entries):
        reader = _Entry(name, where.lc.item(i)[0] + 1, entry, problems)
        one = reader.series()
        if one is None:
            continue
        if one.id in found or one.id in catalogue():
            reader.refuse("id", f"there is a series '{one.id}' already", "give it another id")
        found[one.id] = one
    if problems:
        raise CorredorError(problems)
    return found


class _Entry:
    """One series of the file, and what is wrong with it."""

    def __init__(self, file: str, line: int, entry: Any, problems: list[Problem]) -> None:
        self.file, self.at, self.entry, self.problems = file, line, entry, problems
        self.count = len(problems)

    def refuse(self, key: str, what: str, fix: str) -> None:
        line = self.at
        if isinstance(self.entry, dict) and key in self.entry:
            line = self.entry.lc.key(key)[0] + 1  # type: ignore[attr-defined]
        self.problems.append(Problem(what, fix, self.file, line, key or None))

    def series(self) -> Series | None:
        if not isinstance(self.entry, dict):
            self.refuse("", "an entry is not a set of keys", "write '- id: …' lines")
            return None
        e = dict(self.entry)
        for key in e:
            if key not in _KEYS:
                self.refuse(str(key), f"unknown key '{key}'", closest(str(key), list(_KEYS)))
        for key, needed in _KEYS.items():
            if needed and not e.get(key):
                self.refuse(key, f"'{key}' is missing", "add it")
        titles, caveats = self._texts("title"), self._texts("caveat")
        dims, words = self._dims(e.get("dims"))
        if e.get("period") and e["period"] not in PERIODS:
            fix = closest(str(e["period"]), PERIODS)
            self.refuse("period", f"unknown period '{e['period']}'", fix)
        lag_days = self._whole("lag_days", e.get("lag_days"), 30)
        rounding = self._whole("rounding", e.get("rounding"), 1)
        breaks = self._breaks(e.get("breaks"))
        if len(self.problems) > self.count:
            return None
        return Series(
            id=str(e["id"]),
            title_en=_in("en", titles),
            title_es=_in("es", titles),
            publisher=str(e["publisher"]),
            publisher_url=str(e.get("publisher_url") or ""),
            counts=str(e["counts"]),
            unit=str(e.get("unit") or "events"),
            dims=dims,
            period=str(e["period"]),
            licence=str(e.get("licence") or "not stated"),
            first_issue=self._day("first_issue", e.get("first_issue")),
            signed=bool(e.get("signed")),
            nested=bool(e.get("nested")),
            caveat_en=_in("en", caveats),
            caveat_es=_in("es", caveats),
            breaks=breaks,
            words=words,
            titles=titles,
            lag_days=lag_days,
            rounding=rounding,
        )

    def _texts(self, key: str) -> dict[str, str]:
        value = self.entry.get(key)
        if value is None:
            return {}
        if isinstance(value, str):
            return {"en": " ".join(value.split())}
        if not isinstance(value, dict) or not all(
            _LANGUAGE.fullmatch(str(k)) and isinstance(v, str) and v.strip()
            for k, v in value.items()
        ):
            self.refuse(key, f"{key} is not a text by language", "write it as {en: …, es: …}")
            return {}
        return {str(k): " ".join(v.split()) for k, v in value.items()}

    def _dims(self, value: Any) -> tuple[tuple[str, ...], dict[str, dict[str, tuple[str, ...]]]]:
        """Dimensions as a list, or by name with the words that each admits."""
        if value is None:
            return (), {}
        if isinstance(value, list):
            value = dict.fromkeys(value)
        if not isinstance(value, dict):
            self.refuse("dims", "dims is not a list", "write it as [a, b], or {a: [word, word]}")
            return (), {}
        words: dict[str, dict[str, tuple[str, ...]]] = {}
        for dim, given in value.items():
            if not isinstance(dim, str) or not _DIM.fullmatch(dim) or dim in _TAKEN:
                self.refuse(
                    "dims", f"'{dim}' cannot be a dimension", "use another word of a-z and _"
                )
            elif given is None:
                continue
            elif dim in COUNTRIES:
                self.refuse("dims", f"the words of '{dim}' are country codes", "leave them out")
            elif isinstance(given, list) and given:
                words[dim] = {str(w): () for w in given}
            elif isinstance(given, dict) and given:
                words[dim] = {
                    str(w): tuple(map(str, also)) if isinstance(also, list) else (str(also),)
                    for w, also in ((w, also or []) for w, also in given.items())
                }
            else:
                self.refuse("dims", f"the words of '{dim}' are not a list", "write [word, word]")
        return tuple(str(d) for d in value), words

    def _whole(self, key: str, value: Any, default: int) -> int:
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.refuse(key, f"{key} is '{value}'", "give a whole number of 0 or more")
            return default
        return int(value)

    def _day(self, key: str, value: Any) -> date | None:
        if value is None or type(value) is date:
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.refuse(key, f"'{value}' is not a day", "write it as YYYY-MM-DD")
            return None

    def _breaks(self, value: Any) -> tuple[Break, ...]:
        out = []
        for one in value or ():
            start = self._day("breaks", one.get("start")) if isinstance(one, dict) else None
            note = one.get("note") if isinstance(one, dict) else None
            notes = {"en": note} if isinstance(note, str) else note
            if start is None or not isinstance(notes, dict):
                self.refuse("breaks", "a break lacks its day or note", "write {start: …, note: …}")
                continue
            out.append(Break(start, _in("en", notes), _in("es", notes)))
        if [b.start for b in out] != sorted(b.start for b in out):
            self.refuse("breaks", "the breaks are not in order of time", "begin with the first")
        return tuple(out)


def _in(lang: str, texts: Mapping[str, str]) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")
