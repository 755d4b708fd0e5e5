"""The page on a made base, as the tests of the page have it."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi", reason="the extra web is not installed")

from tests.web.conftest import app, client, lane, settings

__all__ = ["app", "client", "lane", "settings"]
