"""No study, policy or index is named where all studies are handled: definitions are data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from definitions_for_tests import definitions
from warehouse import ROOT

# The simulator writes stand-ins for the sources of two papers, and names them.
EXCEPTED = ("src/nqp/simulate", "src/nqp/terminal/simulate.py")
# Levels of the catalogue, and words of any text: as ids of studies they only show as a prefix.
LEVELS = {"city", "province"}
# The package, its command and the prefix of the environment's variables are called so too.
PACKAGE = re.compile(
    r"""prog="nqp"|version\("nqp"\)|\bnqp[.:/]|\bmodel\.nqp\.|from nqp|import nqp|``nqp``"""
    r"""|`nqp |nqp (build|new|check|query|trace|verify|review|report|correct|match|simulate)"""
    r"""|src/nqp|bin/nqp|NQP_|nqp:|adapter\.dispatch\('\w+', 'nqp'\)"""
)


def handled_everywhere() -> Iterator[Path]:
    for folder in ("src", "models", "macros", "python_models"):
        for path in sorted((ROOT / folder).rglob("*")):
            shown = path.relative_to(ROOT).as_posix()
            if path.suffix in (".py", ".sql", ".yml", ".md") and not shown.startswith(EXCEPTED):
                yield path


def names() -> dict[str, str]:
    """What must not stand there, as a pattern, and what it names."""
    studies = definitions("studies")
    found = {}
    for study in studies["study"]:
        found[rf"\b{study}\.[a-z]+\d*\." if study in LEVELS else rf"\b{study}\b"] = "a study"
    for policy in {*studies["policy"], *definitions("policies")["policy"]} - {""}:
        found[rf"\b{policy}\b"] = "a policy"
    for column in ("index_label_en", "index_label_zh", "policy_label_en", "policy_label_zh"):
        for label in set(studies[column]) - {""}:
            found[f"(?i){re.escape(label)}"] = "a label"
    for index in set(studies["index_id"]) - {""}:
        found[rf"\b{index}\b"] = "an index"
    return found


def test_there_are_names_to_look_for() -> None:
    kinds = list(names().values())
    assert {"a study", "a policy", "a label", "an index"} == set(kinds)
    assert kinds.count("a study") >= 6


@pytest.mark.parametrize("pattern", sorted(names()))
def test_no_study_policy_or_index_is_named(pattern: str) -> None:
    found = []
    for path in handled_everywhere():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(pattern, PACKAGE.sub("", line)):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not found, f"{names()[pattern]} is named:\n" + "\n".join(found)
