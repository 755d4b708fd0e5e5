"""The verb serve."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from types import FrameType

    from corredor.web.settings import Settings

__all__ = ["listen", "serve"]


@click.command()
@click.option("--port", default=8008, show_default=True, help="Port on this machine; 0: any free.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen at; another than this machine's own needs --token or --open-to-all.",
)
@click.option(
    "--name", "names", multiple=True, help="A further name by which readers call this server."
)
@click.option(
    "--token",
    envvar="CORREDOR_TOKEN",
    help="What a reader must show, 16 characters or more; '-' makes one.",
)
@click.option("--open-to-all", is_flag=True, help="Answer everybody who can reach the address.")
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
    host: str,
    names: tuple[str, ...],
    token: str | None,
    open_to_all: bool,
    as_of: str | None,
    corridor: str,
    store: Path | None,
    members: int,
    seed: int,
    show: bool,
) -> None:
    """Serve the page and the JSON API on this machine, and to nobody else unless told to."""
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
        token=_token(token),
    )
    _known_to_be_open(host, settings.token, open_to_all)
    called = {host.lower(), f"[{host.lower()}]", *(n.lower() for n in names)}
    settings = replace(settings, hosts=(*settings.hosts, *sorted(called)))
    listen(settings, port, host=host, show=show)


_SHORT = 16  # characters of a token at least


def _token(given: str | None) -> str:
    """Return the token that readers must show.

    Raises
    ------
    CorredorError
        For one that could be guessed, or that a cookie cannot hold.
    """
    import secrets

    from corredor.errors import CorredorError, Problem

    if given == "-":
        return secrets.token_urlsafe(24)
    if given and (len(given) < _SHORT or not re.fullmatch(r"[A-Za-z0-9_.~-]+", given)):
        raise CorredorError(
            Problem(
                "this token will not do",
                f"give {_SHORT} or more letters and digits, or --token - to have one made",
            )
        )
    return given or ""


def _known_to_be_open(host: str, token: str, open_to_all: bool) -> None:
    """Say to whom a server will answer, where that is more than this machine.

    Raises
    ------
    CorredorError
        Where nobody said that it may.
    """
    import ipaddress

    from corredor.errors import CorredorError, Problem

    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host.lower() == "localhost":
        return
    if not token and not open_to_all:
        raise CorredorError(
            Problem(
                f"{host} is not only this machine",
                "add --token -, so that readers must show a token, or --open-to-all",
            )
        )
    who = "who shows the token" if token else "who can reach this address"
    click.echo(
        f"WARNING: everybody {who} can read the page and start runs on this machine; what is "
        "sent is not encrypted.",
        err=True,
    )


def listen(
    settings: Settings,
    port: int,
    *,
    host: str = "127.0.0.1",
    show: bool = False,
    prepare: bool = True,
) -> None:
    """Listen until interrupted, on the loopback address unless another is named.

    Raises
    ------
    CorredorError
        When the address or port cannot be used, or the extra ``web`` is not installed.
    """
    import socket

    from corredor.errors import CorredorError, Problem

    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        where = f"port {port}" if host == "127.0.0.1" else f"port {port} of {host}"
        raise CorredorError(
            Problem(f"{where} cannot be used ({error})", "choose another with --port, or 0")
        ) from None
    from corredor.web.worker import Worker

    model = Worker(settings)
    if prepare:
        model.start()  # it loads what a what-if needs while this process loads the rest
    try:
        import uvicorn

        from corredor.web.app import make_app
        from corredor.web.connections import Connection
    except ImportError as error:
        model.close()
        listener.close()
        raise CorredorError(
            Problem(f"the page needs {error.name}", "install corredor with the extra web")
        ) from None
    listener.listen(256)
    where = f"[{host}]" if ":" in host else host
    address = f"http://{where}:{listener.getsockname()[1]}/"
    if settings.token:
        address += f"?token={settings.token}"
    click.echo(f"Corredor is at {address} (stop with Ctrl-C)")
    if show:
        click.launch(address)
    app = make_app(settings, prepare=prepare, model=model)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        http=Connection,
        ws="none",
        timeout_keep_alive=20,
        h11_max_incomplete_event_size=32_768,
        timeout_graceful_shutdown=3,
    )

    class Stopping(uvicorn.Server):
        """Lets requests that wait for news answer before the server goes."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            app.app.state.server.stopping = True
            super().handle_exit(sig, frame)

    Stopping(config).run(sockets=[listener])
