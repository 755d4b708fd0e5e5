"""The command ``corredor``. Each verb is a module, imported when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

__all__ = ["EXTRAS", "main", "require"]

#: verb: (module, attribute, one-line help shown without importing it)
_VERBS: dict[str, tuple[str, str, str]] = {
    "backtest": (
        "corredor.cli.model",
        "backtest",
        "Ask the forecast of past months, and score it against rivals.",
    ),
    "brief": (
        "corredor.cli.brief",
        "brief",
        "Write the brief: what is known, where people are, what comes.",
    ),
    "cache": ("corredor.cli.cache", "cache", "List results that are kept, and clear them."),
    "check": (
        "corredor.cli.check",
        "check",
        "Hold the statements of a text against the record.",
    ),
    "compare": (
        "corredor.cli.compare",
        "compare",
        "Compare what-if files: people, queues, goods and costs.",
    ),
    "deal": (
        "corredor.cli.deal",
        "deal",
        "Show which packages two sides would both take, under stated weights.",
    ),
    "figures": (
        "corredor.cli.figures",
        "figures",
        "List, show, import and refresh published figures.",
    ),
    "fit": ("corredor.cli.model", "fit", "Fit the corridor to the figures known on a day."),
    "forecast": ("corredor.cli.model", "forecast", "Forecast the coming months by checkpoint."),
    "import-flee": (
        "corredor.cli.import_flee",
        "import_flee",
        "Read a folder in Flee's format, run and score it.",
    ),
    "lags": (
        "corredor.cli.model",
        "lags",
        "Say how long people take between checkpoints, from counts.",
    ),
    "new": ("corredor.cli.new", "new", "Lay out the folder of a corridor of your own."),
    "run": ("corredor.cli.model", "run", "Simulate an ensemble and print a flow."),
    "selfcheck": (
        "corredor.cli.selfcheck",
        "selfcheck",
        "Ask brief, page, command and Python the same, and compare.",
    ),
    "serve": (
        "corredor.cli.serve",
        "serve",
        "Serve the page and the JSON API on this machine.",
    ),
    "signals": (
        "corredor.cli.signals",
        "signals",
        "Say which new counts were unlike what was forecast of them.",
    ),
}


#: An example of each verb, shown below its options.
_EXAMPLES = {
    "backtest": "corredor backtest --extend",
    "brief": "corredor brief --as-of 2023-12-27 --lang es",
    "cache": "corredor cache clear",
    "check": "corredor check article.txt --as-of 2024-02-01 --html checked.html",
    "compare": "corredor compare base.yaml open.yaml --start 2023-12-01 --html answer.html",
    "deal": "corredor deal december-2023",
    "figures": "corredor figures list",
    "fit": "corredor fit --corridor DIR",
    "forecast": "corredor forecast --horizon 3 --json",
    "import-flee": "corredor import-flee DIR --held-out",
    "lags": "corredor lags",
    "new": "corredor new DIR",
    "run": "corredor run --start 2023-08-01 --days 30 --members 100",
    "selfcheck": "corredor selfcheck",
    "serve": "corredor serve --port 0",
    "signals": "corredor signals --since 2025-01",
}
#: What most readers want, shown by the command alone.
_FIRST = (
    ("corredor brief", "what is known, where people are and what comes: brief/index.html"),
    ("corredor serve", "the same and what-ifs, in a browser on this machine"),
    ("corredor new DIR", "a corridor of your own, from a table of counts"),
)

#: Modules that come with an extra, by the extra.
EXTRAS: dict[str, tuple[str, ...]] = {
    "engine": ("numba", "llvmlite", "scipy"),
    "cluster": ("dask", "distributed"),
    "fit": ("jax", "jaxlib", "numpyro"),
    "netcdf": ("h5netcdf", "h5py"),
    "assumptions": ("SALib", "ema_workbench", "pandas"),
    "check": ("sentencex", "text_to_num"),
    "brief": ("altair", "jinja2", "markupsafe", "vl_convert"),
    "backtest": ("statsforecast",),
    "deal": ("joblib", "moocore", "sklearn", "threadpoolctl"),
    "web": ("fastapi", "starlette", "uvicorn", "h11", "pyogrio", "xlsxwriter"),
}


def _lacking(error: ModuleNotFoundError) -> str:
    """Say which extra brings a module; empty where none does."""
    module = (error.name or "").partition(".")[0]
    extra = next((e for e, modules in EXTRAS.items() if module in modules), "")
    return extra and f"this needs {module}; install corredor with the extra {extra}."


def require(extra: str) -> None:
    """Say at once, and not after minutes, that an extra is not installed.

    Raises
    ------
    ModuleNotFoundError
        Naming the first module that is missing.
    """
    from importlib.util import find_spec

    for name in EXTRAS[extra]:
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


def _sound(text: str) -> bool:
    """Whether a word of the command is whole characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unwritten(error: OSError) -> str:
    """Say what the system refused."""
    reason = (error.strerror or "the system refuses").lower()
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


class _Verbs(click.Group):
    """A group whose commands load on use, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _VERBS:
            return None
        module, attribute, _ = _VERBS[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        command.epilog = f"\b\nExample:\n  {_EXAMPLES[name]}"
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in _VERBS:
            from corredor.errors import closest

            raise click.UsageError(
                f"there is no verb '{args[0]}'; {closest(args[0], list(_VERBS))}"
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, _VERBS[name][2]) for name in self.list_commands(ctx)])


@click.group(
    cls=_Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Words are completed by the shell once it has read: "
    '_CORREDOR_COMPLETE=bash_source corredor > FILE; ". FILE" (zsh_source, fish_source).',
)
@click.version_option(package_name="corredor", prog_name="corredor")
@click.pass_context
def _cli(ctx: click.Context) -> None:
    """People, queues and trade along a migration corridor, from public statistics."""
    if ctx.invoked_subcommand is None:
        lines = "\n".join(f"  {what:18}{why}" for what, why in _FIRST)
        click.echo(f"{_cli.help}\n\n{lines}\n\nAll verbs: corredor --help")


def main(args: list[str] | None = None) -> None:
    """Run the command; faults a user can mend are one sentence each and exit status 2."""
    from corredor.errors import CorredorError

    if not all(_sound(one) for one in (sys.argv[1:] if args is None else args)):
        click.echo("this machine's locale knows ASCII letters only; set PYTHONUTF8=1.", err=True)
        sys.exit(2)
    try:
        _cli.main(args=args, prog_name="corredor", standalone_mode=False)
    except CorredorError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; nothing was changed half-way.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:  # a disk that is full or may only be read
        click.echo(_unwritten(error), err=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        if not (told := _lacking(error)):
            raise
        click.echo(told, err=True)
        sys.exit(2)
