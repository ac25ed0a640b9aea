"""What only one database engine understands stands in macros/engine, behind a name that dbt
resolves by the engine in use; of the models, those of staging and quality are for DuckDB."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from warehouse import ROOT

MACROS, MODELS = ROOT / "macros", ROOT / "models"
# Written for DuckDB, as CONTRIBUTING says: cells are told apart by regular expressions and lists.
FOR_DUCKDB = {"staging", "quality"}
GENERAL = sorted(
    path
    for folder in (MACROS, MODELS)
    for path in folder.rglob("*.sql")
    if path.relative_to(folder).parts[0] not in {"engine", *FOR_DUCKDB}
)
# Functions, clauses and tables that DuckDB has and others have not, or have with other words.
ONLY_DUCKDB = re.compile(
    r"\b(regexp_\w+|list_\w+|string_split\w*|array_to_string|unnest|median|quantile\w*|m(in|ax)_by"
    r"|arg_m(in|ax)|isfinite|try_cast|hash|sha256|date_diff|duckdb_\w+)\s*\("
    r"|\b(qualify|(semi|anti|asof|positional) join|(group|order) by all|by name"
    r"|(exclude|columns)\s*\(|attach '|kv_metadata)",
    re.IGNORECASE,
)
MACRO = re.compile(r"\{%-? macro (\w+)\((.*?)\)")


def bare(path: Path) -> str:
    """A file without comments and without calls of macros."""
    text = re.sub(r"\{#.*?#\}|--[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", GENERAL, ids=[str(path.relative_to(ROOT)) for path in GENERAL])
def test_what_only_duckdb_has_stands_in_macros_engine(path: Path) -> None:
    assert [found.group() for found in ONLY_DUCKDB.finditer(bare(path))] == []


def test_what_duckdb_has_is_found_where_it_is() -> None:
    """The search above is not blind."""
    engine = (MACROS / "engine").glob("*.sql")
    found = {path.name for path in engine if ONLY_DUCKDB.search(bare(path))}
    assert {"text.sql", "aggregates.sql", "tables.sql", "publication.sql"} <= found


def test_every_way_of_an_engine_has_a_name_that_dbt_resolves() -> None:
    """duckdb__x stands behind dispatch('x'), and behind a macro x with the same arguments."""
    for path in (MACROS / "engine").glob("*.sql"):
        text = path.read_text(encoding="utf-8")
        macros = dict(MACRO.findall(text))
        for name, arguments in macros.items():
            engine, _, operation = name.rpartition("__")
            if engine:
                assert f"adapter.dispatch('{operation}', 'nqp')" in text, name
                asked = str(macros.get(operation, arguments))
                assert arguments == re.sub(r"=[^,]*", "", asked), name
