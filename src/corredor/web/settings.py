"""What a server is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from corredor.cache import cache_folder
from corredor.corridor.model import FIRST_YEAR, LAST_YEAR
from corredor.errors import CorredorError, Problem

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Options of a server, as they are handed to its worker too.

    Attributes
    ----------
    corridor
        Name or folder of the corridor shown.
    as_of
        Only figures published by this day are shown and used; None: all.
    store
        The figures store; the user's own when None.
    folder
        Where results are kept.
    members, flow_members, flow_months
        Histories of the base forecast and of the flows of past months, and how many months.
    hosts
        Names by which the server may be called, in small letters: a page elsewhere that points
        its own name at this machine is refused.
    token
        What a reader must show; nothing where it is empty.
    max_body, max_query, max_text
        Bytes of a request and of its address, characters of a text to check.
    max_waiting, per_reader, per_minute
        Jobs that may wait, those of one reader that may be unfinished, and those that one may
        begin in a minute. A reader is a network address.
    timeout
        Seconds a request may take.

    Raises
    ------
    CorredorError
        For a day in no year of the figures.
    """

    corridor: str = "americas"
    as_of: date | None = None
    store: Path | None = None
    folder: Path = field(default_factory=lambda: cache_folder("results"))
    members: int = 192
    flow_members: int = 8
    flow_months: int = 36
    seed: int = 1
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    token: str = ""
    max_body: int = 1_000_000
    max_query: int = 8_000
    max_text: int = 200_000
    max_waiting: int = 16
    per_reader: int = 12
    per_minute: int = 60
    timeout: float = 30.0

    def __post_init__(self) -> None:
        if self.as_of and not FIRST_YEAR <= self.as_of.year <= LAST_YEAR:
            raise CorredorError(
                Problem(
                    f"{self.as_of} lies in no year of the figures",
                    f"give a year from {FIRST_YEAR} to {LAST_YEAR}",
                )
            )

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the worker's command line."""
        return {
            "corridor": self.corridor,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "store": str(self.store) if self.store else None,
            "folder": str(self.folder),
            "members": self.members,
            "flow_members": self.flow_members,
            "flow_months": self.flow_months,
            "seed": self.seed,
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Settings:
        """Read what :meth:`to_json` wrote."""
        day, store = plain["as_of"], plain["store"]
        return cls(
            **{
                **plain,
                "as_of": date.fromisoformat(day) if day else None,
                "store": Path(store) if store else None,
                "folder": Path(plain["folder"]),
            }
        )
