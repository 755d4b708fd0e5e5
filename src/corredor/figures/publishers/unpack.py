"""Files inside a download: gzip, and zip archives that are no workbooks."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from corredor.figures.publishers.base import RawFile
from corredor.figures.publishers.kinds import sniff

__all__ = ["unpacked"]

#: A file, or an archive as a whole, that unpacks to more than this is refused (bytes).
UNPACKED = 400 * 1024 * 1024
MEMBERS, DEPTH = 200, 2
_TABLES = re.compile(r"\.(csv|tsv|txt|json|xml|xlsx|xls|gz|zip)$", re.IGNORECASE)
_BESIDE = re.compile(r"^(__macosx|\.|readme|metadata|footnotes|licen[cs]e|codebook)", re.IGNORECASE)


def unpacked(raw: RawFile, depth: int = DEPTH) -> list[RawFile]:
    """Return the tables of a download: those in its archive, or the file itself.

    Raises
    ------
    CorredorError
        When an archive is damaged, holds no table, or unpacks to too much.
    """
    kind = sniff(raw)
    if kind == "gzip" and depth:
        name = re.sub(r"\.gz$", "", raw.name, flags=re.IGNORECASE)
        return unpacked(RawFile(name, _gunzipped(raw), today=raw.today), depth - 1)
    if kind != "zip" or not depth:
        return [raw]
    try:
        with zipfile.ZipFile(raw.stream()) as packed:
            if "[Content_Types].xml" in packed.namelist():  # a workbook
                return [raw]
            found = list(_members(raw, packed))
    except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, EOFError, zlib.error):
        return [raw]  # the reader of workbooks says what is wrong with it
    if not found:
        return [raw]
    return [table for member in found for table in unpacked(member, depth - 1)]


def _gunzipped(raw: RawFile) -> bytes:
    try:
        with gzip.open(raw.stream()) as packed:
            content = packed.read(UNPACKED + 1)
    except (OSError, EOFError, zlib.error):
        raise raw.fault("the gzip file is damaged or cut short", "download it again") from None
    if len(content) > UNPACKED:
        raise raw.fault("the file unpacks to too much", "import its parts one at a time")
    return content


def _members(raw: RawFile, packed: zipfile.ZipFile) -> Iterator[RawFile]:
    """Yield the tables of an archive; what stands beside them (notes, metadata) is passed over."""
    wanted = [
        one
        for one in packed.infolist()
        if _TABLES.search(one.filename)
        and not any(_BESIDE.match(part) for part in PurePosixPath(one.filename).parts)
    ]
    if len(wanted) > MEMBERS or sum(one.file_size for one in wanted) > UNPACKED:
        raise raw.fault("the archive holds too much", "unpack it and import its parts")
    for one in wanted:
        with packed.open(one) as member:
            content = member.read(UNPACKED + 1)
        if len(content) > UNPACKED:
            raise raw.fault("the archive unpacks to too much", "unpack it and import its parts")
        yield RawFile(f"{raw.name}/{one.filename}", content, today=raw.today)
