"""One careful HTTP client for every publisher.

It asks only for what changed (ETag, Last-Modified), resumes what broke off
(Range with If-Range), waits as long as a server asks (Retry-After), checks
that a body is as long as announced, and never leaves a half-written file
where a whole one is expected. Raw files are kept by content: a *vintage* is a
file named by its SHA-256, with a small JSON sidecar that says where and when
it was seen.

It names itself honestly and does not imitate a browser. A publisher that
refuses programs (HTTP 401 or 403) is reported as such, with the way out:
download the file by hand and import it.
"""

from __future__ import annotations

import email.utils
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from corredor.errors import CorredorError, Problem
from corredor.figures.vintages import Part, Validators, file_name, http_date, keep_vintage

if TYPE_CHECKING:
    import httpx

__all__ = ["Client", "Fetched", "Policy", "Progress", "Validators"]

USER_AGENT = "corredor/0.1 (public migration statistics; one request at a time)"
T = TypeVar("T")
#: Answers that may be different a moment later.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Policy:
    """How patient the client is. Times in seconds, sizes in bytes.

    ``retries`` counts attempts that brought nothing new; an attempt that made
    a resumable file longer is not charged, up to ``resumes`` in all.
    """

    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    total_timeout: float = 3600.0
    retries: int = 4
    resumes: int = 40
    backoff: float = 1.0
    backoff_max: float = 60.0
    retry_after_max: float = 300.0
    max_bytes: int = 512 * 1024 * 1024
    page_max_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True)
class Progress:
    """One step of a sync, as handed to the progress callback.

    ``stage`` is one of ``discover``, ``download``, ``parse``, ``store``, ``done``;
    ``done`` and ``total`` are bytes (or pages for paged sources); ``total`` is
    None when the server does not say.
    """

    publisher: str
    resource: str
    stage: str
    done: int = 0
    total: int | None = None
    message: str = ""


@dataclass(frozen=True)
class Fetched:
    """A whole file, or the news that it has not changed.

    ``path`` is None exactly when ``unchanged`` is true.
    """

    url: str
    name: str
    path: Path | None
    sha256: str
    size: int
    validators: Validators
    unchanged: bool = False

    @property
    def last_modified(self) -> date | None:
        """The day the server says the file was last changed."""
        return http_date(self.validators.last_modified)


class _Again(Exception):
    """This attempt failed in a way that may pass."""

    def __init__(self, why: str, wait: float | None = None, *, no_contact: bool = False) -> None:
        super().__init__(why)
        self.wait = wait
        self.no_contact = no_contact


@dataclass
class Client:
    """Download files into a cache folder. Not safe for use by several threads."""

    cache: Path
    policy: Policy = field(default_factory=Policy)
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        import httpx

        self._silent: set[str] = set()  # hosts that gave no answer at all; not asked again

        self._http = httpx.Client(
            timeout=httpx.Timeout(self.policy.read_timeout, connect=self.policy.connect_timeout),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            follow_redirects=True,
            max_redirects=8,
        )

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ small answers
    def read(self, url: str) -> bytes:
        """Return a small answer (an index page, one page of an API) whole.

        Raises
        ------
        CorredorError
            With one sentence when the server refuses, or keeps failing.
        """

        def once() -> bytes:
            with self._open(url, {}) as answer:
                self._refuse(answer, url)
                body = bytearray()
                for chunk in _chunks(answer):
                    body += chunk
                    if len(body) > self.policy.page_max_bytes:
                        raise _too_large(url, self.policy.page_max_bytes)
                _check_length(answer, len(body))
                return bytes(body)

        return self._patiently(url, once)

    def read_json(self, url: str) -> Any:
        """Return a small JSON answer; a page of text in its place is one clear fault."""
        body = self.read(url)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise CorredorError(
                Problem(
                    f"{url} answered something that is not JSON",
                    "try again later; if it persists the publisher's interface has changed",
                )
            ) from None

    # ------------------------------------------------------------------ whole files
    def fetch(
        self,
        url: str,
        *,
        held: Validators | None = None,
        name: str | None = None,
        max_bytes: int | None = None,
        report: Callable[[int, int | None], None] | None = None,
    ) -> Fetched:
        """Download a file into the vintage store, or learn that it has not changed.

        Parameters
        ----------
        url
            The public address.
        held
            Validators of the copy already imported; the request is conditional on them.
        name
            Name to remember the file by; the last part of the address if absent.
        max_bytes
            Refuse a larger file; the policy's limit if absent.
        report
            Called with (bytes so far, bytes in all or None).
        """
        limit = self.policy.max_bytes if max_bytes is None else max_bytes
        part = Part(self.cache / "partial" / hashlib.sha256(url.encode()).hexdigest()[:32])
        deadline = time.monotonic() + self.policy.total_timeout

        def once() -> Fetched:
            return self._attempt(url, name, part, held, limit, deadline, report)

        return self._patiently(url, once, length=part.size)

    def _attempt(
        self,
        url: str,
        name: str | None,
        part: Part,
        held: Validators | None,
        limit: int,
        deadline: float,
        report: Callable[[int, int | None], None] | None,
    ) -> Fetched:
        have = part.size() if part.validators().if_range() else 0
        headers = dict(held.as_headers()) if held and not have else {}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": part.validators().if_range()}
        with self._open(url, headers) as answer:
            seen = _validators(answer)
            if answer.status_code == 304 and held:
                return Fetched(url, name or file_name(url), None, "", 0, held, unchanged=True)
            if answer.status_code == 416:
                part.drop()
                raise _Again("the half-downloaded file no longer matches the server's")
            self._refuse(answer, url)
            resumed = answer.status_code == 206 and have == _range_start(answer)
            if answer.status_code == 206 and not resumed:
                part.drop()
                raise _Again("the server resumed at the wrong place")
            at = have if resumed else 0
            total = _length(answer)
            whole = None if total is None else at + total
            if whole is not None and whole > limit:
                raise _too_large(url, limit)
            if not resumed:
                # A compressed body cannot be continued in the middle: remember no validators.
                part.begin(url, Validators() if _encoded(answer) else seen)
            with part.open(append=resumed) as handle:
                for chunk in _chunks(answer):
                    handle.write(chunk)
                    at += len(chunk)
                    if at > limit:
                        part.drop()
                        raise _too_large(url, limit)
                    if time.monotonic() > deadline:
                        raise CorredorError(
                            Problem(
                                f"{url} was still sending after "
                                f"{self.policy.total_timeout:.0f} seconds",
                                "run the sync again; it continues where it stopped",
                            )
                        )
                    if report:
                        report(at, whole)
            if whole is not None and at != whole:
                raise _Again(f"the answer stopped after {at} of {whole} bytes")
        return self._keep(url, name or file_name(url), part, seen)

    def _keep(self, url: str, name: str, part: Part, seen: Validators) -> Fetched:
        """Move a finished download to the vintages."""
        size = part.size()
        digest = hashlib.sha256()
        with part.body.open("rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
        path = keep_vintage(self.cache, part.body, digest.hexdigest(), name, url, seen)
        part.drop()
        return Fetched(url, name, path, digest.hexdigest(), size, seen)

    # ------------------------------------------------------------------ plumbing
    @contextmanager
    def _open(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        import httpx

        if urlsplit(url).scheme not in {"http", "https"}:
            raise CorredorError(
                Problem(f"{url!r} is not a web address", "give http:// or https://")
            )
        try:
            with self._http.stream("GET", url, headers=dict(headers)) as answer:
                if url.startswith("https:") and answer.url.scheme != "https":
                    raise CorredorError(
                        Problem(f"{url} redirects to an unprotected address", "import it by hand")
                    )
                yield answer
        except httpx.TooManyRedirects:
            raise CorredorError(
                Problem(f"{url} redirects in a circle", "try again later")
            ) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise CorredorError(Problem(f"{url!r} is not a web address", "check it")) from None
        except httpx.TimeoutException:
            raise _Again("the server did not answer in time") from None
        except httpx.ConnectError as fault:
            if "CERTIFICATE_VERIFY" in str(fault):
                raise CorredorError(
                    Problem(
                        f"{url} has a certificate that cannot be verified",
                        "download the file in a browser and import it by hand",
                    )
                ) from None
            raise _Again(_plain(fault), no_contact=True) from None
        except httpx.TransportError as fault:
            raise _Again(_plain(fault)) from None

    def _refuse(self, answer: httpx.Response, url: str) -> None:
        """Raise for an answer that is not the file asked for."""
        status = answer.status_code
        if status in {200, 206}:
            return
        if status in PASSING:
            wait = _retry_after(answer.headers.get("retry-after", ""))
            if wait is not None and wait > self.policy.retry_after_max:
                raise CorredorError(
                    Problem(f"{url} asks to wait {wait:.0f} seconds", "run the sync again later")
                )
            raise _Again(f"the server answered {status}", wait)
        if status in {401, 403}:
            raise CorredorError(
                Problem(
                    f"{url} refuses automatic downloads (HTTP {status})",
                    "download it in a browser and run 'corredor figures import FILE'",
                )
            )
        raise CorredorError(
            Problem(
                f"{url} answered HTTP {status}",
                "the address may have moved; see docs/sync.md for the publisher's page",
            )
        )

    def _patiently(
        self, url: str, once: Callable[[], T], length: Callable[[], int] = lambda: 0
    ) -> T:
        """Run ``once`` until it succeeds, with waits that double, within the policy's patience."""
        charged, tries, reached = 0, 0, length()
        host = urlsplit(url).netloc
        if host in self._silent:
            raise CorredorError(
                Problem(
                    f"{url} was not asked for, as {host} gave no answer a moment ago",
                    "check the connection and run the sync again",
                )
            )
        while True:
            try:
                return once()
            except _Again as fault:
                tries += 1
                grew = length() > reached
                reached = max(reached, length())
                if not grew or tries > self.policy.resumes:
                    charged += 1
                # A host that cannot even be reached is given half the patience.
                if charged * (1 + fault.no_contact) > self.policy.retries:
                    if fault.no_contact:
                        self._silent.add(host)
                    raise CorredorError(
                        Problem(
                            f"{url} failed {tries} times; the last time {fault}",
                            "check the connection and run the sync again; "
                            "it continues where it stopped",
                        )
                    ) from None
                doubled = self.policy.backoff * 2 ** min(max(charged - 1, 0), 16)
                pause = min(doubled, self.policy.backoff_max)
                self.sleep(pause if fault.wait is None else fault.wait)


def _validators(answer: httpx.Response) -> Validators:
    return Validators(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))


def _encoded(answer: httpx.Response) -> bool:
    return str(answer.headers.get("content-encoding", "identity")).strip().lower() != "identity"


def _chunks(answer: httpx.Response) -> Iterator[bytes]:
    """Yield the body as it comes; unpacked when a server compresses although asked not to.

    No chunk size is asked for: waiting for whole chunks would lose the bytes of the last
    one when the connection breaks.
    """
    return answer.iter_bytes() if _encoded(answer) else answer.iter_raw()


def _length(answer: httpx.Response) -> int | None:
    if _encoded(answer):
        return None  # the announced length is that of the packed body
    text = answer.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _check_length(answer: httpx.Response, got: int) -> None:
    wanted = _length(answer)
    if wanted is not None and wanted != got:
        raise _Again(f"the answer stopped after {got} of {wanted} bytes")


def _range_start(answer: httpx.Response) -> int:
    """Return where a partial answer begins, or -1 when it does not say."""
    text = answer.headers.get("content-range", "")
    start = text.removeprefix("bytes ").split("-", 1)[0].strip()
    return int(start) if start.isascii() and start.isdigit() and len(start) < 19 else -1


def _retry_after(text: str) -> float | None:
    """Return the seconds a server asks to wait; it may name a number or a moment."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        moment = email.utils.parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return None


def _too_large(url: str, limit: int) -> CorredorError:
    return CorredorError(
        Problem(
            f"{url} is larger than {limit / 1e6:,.0f} MB",
            "raise the size limit if the publisher's file has really grown",
        )
    )


def _plain(fault: Exception) -> str:
    """Return a transport fault in plain words."""
    text = str(fault).strip() or type(fault).__name__
    if "incomplete" in text or "without sending complete" in text:
        return "the connection closed before the whole file had come"
    return f"the connection failed ({text.splitlines()[0][:120]})"
