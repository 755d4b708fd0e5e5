"""The tables that ship with the package: one Parquet file a series, every edition in it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from corredor.figures.catalogue import catalogue, text

if TYPE_CHECKING:
    import polars as pl

__all__ = ["fingerprint", "read", "tables"]


@lru_cache(maxsize=1)
def tables() -> dict[str, Path]:
    """Return the Parquet file of each series that has one, in catalogue order."""
    folder = Path(str(resources.files("corredor.figures"))) / "data" / "tables"
    paths = {name: folder / f"{name}.parquet" for name in catalogue()}
    return {name: path for name, path in paths.items() if path.exists()}


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return the SHA-256 of the catalogue and of every shipped table."""
    digest = hashlib.sha256(text().encode())
    for name, path in tables().items():
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def read(name: str) -> pl.DataFrame:
    """Return the shipped figures of one series, all editions (columns as in the store)."""
    import polars as pl

    return pl.read_parquet(tables()[name])
