"""What a publisher's file really is, whatever it is called, and its text."""

from __future__ import annotations

import codecs

from corredor.figures.publishers.base import RawFile

__all__ = ["expect", "sniff", "text_of"]


def sniff(raw: RawFile) -> str:
    """Return what the bytes are.

    One of empty, html, login, xml, zip, xls, pdf, gzip, json, binary and text.
    """
    head = raw.head()
    if head.startswith(UTF16):  # as crosstabs are saved
        head = head[: len(head) // 2 * 2].decode("utf-16", errors="replace").encode()
    body = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not body:
        return "empty"
    for magic, kind in (
        (b"PK\x03\x04", "zip"),
        (b"\xd0\xcf\x11\xe0", "xls"),
        (b"%PDF", "pdf"),
        (b"\x1f\x8b", "gzip"),
    ):
        if body.startswith(magic):
            return kind
    low = body[:2048].lower()
    if low.startswith(b"<?xml") and b"<record>" in low:
        return "xml"
    if low.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--", b"<?xml", b"<")):
        whole = raw.head(200_000).lower()
        login = b'type="password"' in whole or b"sign in" in whole or b"log in" in whole
        return "login" if login else "html"
    if b"\x00" in head:
        return "binary"
    return "json" if body[:1] in b"{[" else "text"


UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_KINDS = {
    "empty": ("the file is empty", "fetch it again; the publisher may be updating it"),
    "html": (
        "a web page came instead of the file",
        "open the address in a browser; the file may have moved or the site may be down",
    ),
    "login": (
        "a sign-in page came instead of the file",
        "the publisher now wants an account; download the file by hand and import it",
    ),
    "zip": ("this is a workbook or an archive, not a text table", "export it as CSV"),
    "xls": ("this is an old Excel file, not a text table", "save it as .xlsx or CSV"),
    "pdf": ("this is a PDF", "run 'pdftotext -layout FILE.pdf FILE.txt' and import the .txt"),
    "gzip": ("the file is compressed", "unpack it first"),
    "binary": ("the file is not text", "fetch it again; it may be damaged"),
    "xml": ("XML came instead of a table", "download the table as CSV"),
    "json": ("JSON came instead of a table", "the publisher's interface may have changed"),
    "text": ("text came where something else was expected", "check the address"),
}


def expect(raw: RawFile, *wanted: str) -> str:
    """Return the kind of the file, or refuse it with one sentence if it is not a wanted one."""
    kind = sniff(raw)
    if kind in wanted:
        return kind
    what, fix = _KINDS[kind]
    raise raw.fault(what, fix)


def text_of(raw: RawFile) -> str:
    """Return the whole text; UTF-16 or UTF-8 with a mark, UTF-8 without, else Windows Latin."""
    content = raw.content if raw.path is None else raw.path.read_bytes()
    if content.startswith(UTF16):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
