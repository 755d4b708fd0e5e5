"""What a key is made of: every field of an input, and all code that a result rests on."""

from __future__ import annotations

import ast
import shutil
from dataclasses import dataclass, field, make_dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corredor
from corredor import fingerprints
from corredor.fingerprints import code_digest, code_files, digest, libraries, without_comments

SOURCE = Path(corredor.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))


# ------------------------------------------------------------------------------- values
def test_drivers_that_differ_in_one_field_are_told_apart():
    from corredor.engine.drivers import Drivers

    departures = pl.DataFrame(
        {"month": [date(2023, 1, 1)], "group": ["VEN"], "per_day": [10.0]},
        schema={"month": pl.Date, "group": pl.String, "per_day": pl.Float64},
    )
    plain = Drivers(departures)
    others = {
        "departures": Drivers(departures.with_columns(per_day=pl.lit(10.5))),
        "shares": Drivers(
            departures,
            shares=pl.DataFrame(
                {"month": [date(2023, 1, 1)], "route": "a", "nationality": "VEN", "weight": [1.0]}
            ),
        ),
        "outcomes": Drivers(departures, outcomes=plain.outcomes.clear().with_columns(extra=1)),
        "dispersion": Drivers(departures, dispersion=5.0),
        "embodied": Drivers(departures, embodied=frozenset({"surge"})),
        "pace": Drivers(departures, pace=((date(2023, 1, 1), 3.0),)),
        "made_by": Drivers(departures, made_by={"seed": "2"}),
    }
    assert set(others) == set(Drivers.__dataclass_fields__)
    assert len({digest(d) for d in (plain, *others.values())}) == len(others) + 1
    assert digest(plain) == digest(Drivers(departures.clone()))


def test_a_field_added_later_counts():
    first = make_dataclass("Thing", [("a", int)])
    second = make_dataclass("Thing", [("a", int), ("b", int, field(default=0))])
    assert digest(first(1)) != digest(second(1))
    assert digest(second(1)) != digest(second(1, 2))


def test_every_field_of_a_corridor_counts(americas):
    assert digest(americas) == digest(americas.model_copy())
    for name in type(americas).model_fields:
        assert digest(americas) != digest(americas.model_copy(update={name: None})), name


_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.dates(),
)
_values = st.recursive(
    _plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)


def _same(a: object, b: object) -> bool:
    """Equal with kinds; a list and a tuple of the same are the same."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(v, b[k]) for k, v in a.items())
    if isinstance(a, float) and isinstance(b, float):
        return a.hex() == b.hex()
    return type(a) is type(b) and a == b


@given(_values, _values)
def test_digests_are_equal_for_equal_content_only(a, b):
    assert (digest(a) == digest(b)) == _same(a, b)


def test_neighbours_do_not_run_together():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest([["a"], "b"]) != digest([["a", "b"]])
    assert digest(1) != digest(1.0) != digest("1") != digest(b"1")
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({1, 2, 3}) == digest(frozenset({3, 2, 1})) != digest([1, 2, 3])


def test_arrays_and_tables_count_with_shape_and_kind():
    x = np.arange(6.0)
    assert digest(x) == digest(x.copy()) == digest(np.arange(12.0)[::2] / 2)
    assert digest(x) != digest(x.reshape(2, 3)) != digest(x.astype(np.float32))
    assert digest(np.float64(1.5)) == digest(1.5)
    assert digest(np.int64(7)) == digest(7)
    frame = pl.DataFrame({"a": [1, None, 3]})
    assert digest(frame) == digest(pl.concat([frame[:1], frame[1:]], rechunk=False))
    assert digest(frame) != digest(frame.cast(pl.Int32)) != digest(frame.rename({"a": "b"}))
    assert digest(pl.DataFrame({"a": [None, "x"]})) != digest(pl.DataFrame({"a": ["", "x"]}))


def test_what_has_no_content_is_refused():
    @dataclass
    class Asked:
        progress: object

    with pytest.raises(TypeError, match="function"):
        digest(Asked(lambda: None))
    with pytest.raises(TypeError):
        digest(object())


# --------------------------------------------------------------------------------- code
#: Modules that results are kept under, as their makers name them.
FIT = ("corredor.inference.fit", "corredor.inference.lags")
PAGE_BASE = ("corredor.web.base",)
OUTCOMES = ("corredor.deal.observing", "corredor.deal.worlds")


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    where = tmp_path_factory.mktemp("package") / "corredor"
    shutil.copytree(SOURCE, where, ignore=shutil.ignore_patterns("__pycache__", "tables"))
    return where


def _afresh(*starts: str, root: Path) -> str:
    fingerprints._closure.cache_clear()
    fingerprints._code_digest.cache_clear()
    return code_digest(*starts, root=root)


_CORRIDOR = [f"corridor/{n}.py" for n in ("model", "network", "checks", "reading", "observing")]


@pytest.mark.parametrize(
    ("starts", "file"),
    [
        *((FIT, f) for f in ("engine/drivers.py", "engine/caravans.py", "engine/staffing.py")),
        *((FIT, f) for f in ("engine/random.py", "months.py", "figures/store.py")),
        *((FIT, f) for f in _CORRIDOR),
        *((PAGE_BASE, f) for f in ("present/results.py", "figures/store.py", "engine/drivers.py")),
        *((PAGE_BASE, f) for f in ("inference/outlook.py", "questions/flows.py")),
        *((OUTCOMES, f"ports/{n}.py") for n in ("values", "weeks", "inputs")),
        *((OUTCOMES, f) for f in ("engine/ports.py", "deal/parties.py")),
        (("corredor.engine.ensemble",), "engine/caravans.py"),
        (("corredor.inference.dynamics",), "inference/panel.py"),
        (("corredor.evaluation.backtest",), "inference/splits.py"),
        (("corredor.web.app",), "web/templates/layout.html.j2"),
        (("corredor.web.app",), "locale/es/LC_MESSAGES/corredor.po"),
        (("corredor.statements.checking",), "statements/data/words.yaml"),
    ],
    ids=str,
)
def test_a_changed_constant_gives_another_key(copy, starts, file):
    path = copy / file
    before, text = _afresh(*starts, root=copy), path.read_text(encoding="utf-8")
    try:
        path.write_text(text + "\n_A_CONSTANT = 2\n", encoding="utf-8")
        assert _afresh(*starts, root=copy) != before
        path.write_text(text + "\n# a remark\n\n", encoding="utf-8")
        if path.suffix == ".py":
            assert _afresh(*starts, root=copy) == before
    finally:
        path.write_text(text, encoding="utf-8")
    assert _afresh(*starts, root=copy) == before


def _names(*starts: str) -> set[str]:
    return {p.relative_to(SOURCE).as_posix() for p in code_files(*starts)}


def test_a_fit_rests_on_no_face_and_no_words():
    found = _names(*FIT)
    assert not [
        f for f in found if f.startswith(("cli/", "web/", "brief/", "present/", "locale/", "i18n"))
    ]
    # figures and corridors are in a key by their content
    assert not [f for f in found if f.startswith(("figures/data/tables", "corridor/data"))]
    assert "figures/importing.py" not in found
    assert 20 < len(found) < 100


def test_libraries_are_those_that_the_code_uses():
    import numba

    assert {"jax", "jaxlib", "numpyro", "numpy", "scipy"} <= set(libraries(*FIT))
    engine = libraries("corredor.engine.law")
    assert engine["numba"] == numba.__version__
    assert "jax" not in engine


def test_a_module_that_is_not_there_is_said():
    with pytest.raises(ValueError, match=r"corredor\.inference\.fits"):
        code_digest("corredor.inference.fits")
    with pytest.raises(ValueError, match="numpy"):
        code_digest("numpy")


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
            and isinstance(node.body[0].value, ast.Constant)
            and isinstance(node.body[0].value.value, str)
        ):
            node.body[0].value.value = ""
    return tree


def test_a_source_without_comments_is_the_same_program():
    shorter = 0
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        left = without_comments(text)
        shorter += len(text) - len(left)
        assert ast.dump(_without_docstrings(ast.parse(text))) == ast.dump(
            _without_docstrings(ast.parse(left))
        ), file
    assert shorter > 100_000


def test_text_that_is_no_docstring_counts():
    for source in (
        'x = {"a": """text"""\n}',
        'f = lambda: """text"""\n',
        'x = (\n    """text"""\n)',
        "x = '# text'\n",
        'x = """\n# text\n\n"""\n',
        'x = f"{1:#x} text"\n',
        "x = 'it\\'s # text'\n",
    ):
        assert "text" in without_comments(source), source
    assert without_comments('def f():  # why\n\n    # so\n    """Doc."""\n') == 'def f():\n    ""'


def test_the_digest_sees_every_import_that_python_sees():
    """Imports are found in the text; the syntax tree, slower, must agree."""
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        seen = fingerprints._read(file).imports
        found = {(m, n) for m, names in seen for n in (names or ("",))}
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: write the whole name of the module"
                assert node.module
                wanted = {(node.module, a.name) for a in node.names}
            elif isinstance(node, ast.Import):
                wanted = {(a.name, "") for a in node.names}
            else:
                continue
            assert wanted <= found, file


def test_nothing_is_imported_by_a_name_made_up_at_run_time():
    """But where a package offers names of its modules, which it lists for types as well."""
    may = ("cli/__init__.py", "figures/publishers/")  # no result rests on what these load
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        name = file.relative_to(SOURCE).as_posix()
        if "__import__" in text or ("import_module" in text and not name.startswith(may)):
            assert "__import__" not in text, file
            assert "def __getattr__" in text, file
            homes = set()
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                    homes |= {v.value for v in node.value.values if isinstance(v, ast.Constant)}
            listed = {m for m, _ in fingerprints._read(file).imports}
            assert homes, file
            assert all(any(m.endswith(str(h)) for m in listed) for h in homes), (file, homes)


def test_every_data_file_is_read_by_a_module_that_names_its_package():
    """So that a changed data file changes the key of what was made from it."""
    every = {m for f in FILES if (m := _module(f))}
    covered = {p for p in code_files(*sorted(every)) if p.suffix != ".py"}
    data = {
        p
        for p in SOURCE.rglob("*")
        if p.is_file() and p.suffix not in (".py", ".pyc") and p.name != "py.typed"
    }
    left = {p for p in data - covered if not fingerprints._Closure(SOURCE, ())._by_content(p)}
    assert left == set()


def _module(file: Path) -> str:
    parts = file.relative_to(SOURCE.parent).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return "" if name == "corredor" else name
