"""One served page on a made base for the whole area."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra web is not installed")
pytest.importorskip("uvicorn", reason="the extra web is not installed")

from corredor.web.app import make_app
from corredor.web.settings import Settings
from corredor.web.tasks import LANES
from tests.web.made import Lane, plant

# no file of the area is shared with the user's own results
_LANES = sorted(set(LANES.values()))


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    store = tmp_path_factory.mktemp("page-store") / "figures.duckdb"
    return Settings(folder=tmp_path_factory.mktemp("results"), store=store, max_text=20_000)


@pytest.fixture(scope="session")
def lane(settings: Settings) -> Lane:
    return Lane(settings)


@pytest.fixture(scope="session")
def app(settings: Settings, lane: Lane) -> Any:
    made = make_app(settings, lanes=dict.fromkeys(_LANES, lane), prepare=False)
    plant(made.app.state.server.world)
    return made


@pytest.fixture(scope="session")
def client(app: Any) -> Iterator[Any]:
    from fastapi.testclient import TestClient

    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made


class Served:
    """A server of an application on a free port of the loopback address."""

    def __init__(self, app: Any) -> None:
        import uvicorn

        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="error", access_log=False)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True
        )
        self.thread.start()
        for _ in range(200):
            if self.server.started:
                return
            time.sleep(0.05)
        raise RuntimeError("the server did not start")

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture(scope="session")
def site(app: Any) -> Iterator[str]:
    served = Served(app)
    yield served.url
    served.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "results"
