"""The command: quick to start, one sentence for a fault, machine-readable where asked."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from corredor import cli

HEAVY = ("polars", "numba", "jax", "duckdb", "altair", "numpy", "httpx")


def corredor(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "corredor", *args], capture_output=True, text=True, check=False
    )


def test_help_lists_the_verbs_without_loading_them():
    code = (
        "import sys, corredor.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    for verb in ("brief", "figures", "fit", "forecast", "run", "import-flee"):
        assert verb in done.stdout


def test_the_command_alone_shows_what_most_readers_want():
    done = corredor()
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("  ")] == [
        "brief", "serve", "new",
    ]  # fmt: skip


@pytest.mark.parametrize("verb", sorted(cli._VERBS))
def test_every_verb_has_an_example_that_its_options_take(verb):
    program, name, *args = shlex.split(cli._EXAMPLES[verb])
    assert (program, name) == ("corredor", verb)
    command = cli._cli.get_command(click.Context(cli._cli), verb)
    command.make_context(verb, list(args))
    said = CliRunner().invoke(cli._cli, [verb, "--help"])
    assert said.output.rstrip().endswith(cli._EXAMPLES[verb])


def test_a_shell_can_complete_its_words():
    env = {**os.environ, "_CORREDOR_COMPLETE": "bash_complete", "COMP_WORDS": "corredor sig"}
    asked = [sys.executable, "-m", "corredor"]
    done = subprocess.run(
        asked, capture_output=True, text=True, env={**env, "COMP_CWORD": "1"}, check=True
    )
    assert done.stdout.strip() == "plain,signals"


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, corredor; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["breif"], "did you mean 'brief'"),
        (["fit", "--as-of", "27/12/2023"], "write it as YYYY-MM-DD"),
        (["fit", "--as-of", "2019-01-01"], "choose a later day"),
        (["fit", "--corridor", "amercas"], "americas"),
        (["forecast", "--horizon", "9", "--as-of", "2023-02-30"], "2023-02-30"),
        (["run", "--start", "2023-01-01"], "days"),
        (["figures", "show", "panama.darien.totl"], "panama.darien.total"),
    ],
)
def test_faults_are_one_sentence_and_a_status(args, words):
    done = corredor(*args)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_json_is_json():
    done = corredor("figures", "list", "--json")
    assert done.returncode == 0
    assert any(s["series"] == "panama.darien.total" for s in json.loads(done.stdout))
