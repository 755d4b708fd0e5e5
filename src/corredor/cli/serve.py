"""The verb serve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from types import FrameType

    from corredor.web.settings import Settings

__all__ = ["listen", "serve"]


@click.command()
@click.option("--port", default=8008, show_default=True, help="Port on this machine; 0: any free.")
@click.option("--as-of", metavar="DATE", help="Show only figures published by DATE.")
@click.option(
    "--corridor", default="americas", show_default=True, help="Name or folder of a corridor."
)
@click.option(
    "--store", type=click.Path(path_type=Path), help="The figures store; yours by default."
)
@click.option("--members", default=192, show_default=True, help="Simulated histories of the base.")
@click.option("--seed", default=1, show_default=True, help="Key of all random draws.")
@click.option("--open/--no-open", "show", default=False, help="Open the page in your browser.")
def serve(
    port: int,
    as_of: str | None,
    corridor: str,
    store: Path | None,
    members: int,
    seed: int,
    show: bool,
) -> None:
    """Serve the page and the JSON API on this machine, and to nobody else."""
    from corredor.corridor import load_corridor
    from corredor.questions.study import known_day
    from corredor.web.settings import Settings

    load_corridor(corridor).observed()  # it says what is counted
    settings = Settings(
        corridor=corridor,
        as_of=known_day(as_of),
        store=store,
        members=members,
        seed=seed,
    )
    listen(settings, port, show=show)


def listen(settings: Settings, port: int, *, show: bool = False, prepare: bool = True) -> None:
    """Listen on the loopback address until interrupted.

    Raises
    ------
    CorredorError
        When the port is taken, or the extra ``web`` is not installed.
    """
    import socket

    from corredor.errors import CorredorError, Problem

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        raise CorredorError(
            Problem(f"port {port} cannot be used ({error})", "choose another with --port, or 0")
        ) from None
    from corredor.web.worker import Worker

    model = Worker(settings)
    if prepare:
        model.start()  # it loads what a what-if needs while this process loads the rest
    try:
        import uvicorn

        from corredor.web.app import make_app
    except ImportError as error:
        model.close()
        listener.close()
        raise CorredorError(
            Problem(f"the page needs {error.name}", "install corredor with the extra web")
        ) from None
    listener.listen(256)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    click.echo(f"Corredor is at {address} (stop with Ctrl-C)")
    if show:
        click.launch(address)
    app = make_app(settings, prepare=prepare, model=model)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=20,
        limit_concurrency=512,
        h11_max_incomplete_event_size=32_768,
        timeout_graceful_shutdown=3,
    )

    class Stopping(uvicorn.Server):
        """Lets requests that wait for news answer before the server goes."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            app.app.state.server.stopping = True
            super().handle_exit(sig, frame)

    Stopping(config).run(sockets=[listener])
