"""Suites of expectations as their files have them.

A suite is a file ``<schema>.<table>.json`` as Great Expectations writes it. Each of its rules has
a name and a reason in ``meta`` and a severity; ``meta.keys`` of the suite are the columns that name
a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nqp.quality.gx import (
    ExpectationConfiguration,
)

SEVERITIES = ("critical", "warning", "info")


class ExpectationError(ValueError):
    """A suite or a waiver that cannot be used; the message says where and what to do."""


@dataclass(frozen=True)
class Rule:
    """One expectation of a suite.

    expectation: without the row condition, which is applied before it sees the rows.
    forbids: it says which rows there must not be. A key is never blank, nor is a figure that is
    compared, so that a suite can say this as "the key (or the figure) is blank where …".
    """

    name: str
    reason: str
    severity: str
    type: str
    kwargs: Mapping[str, Any]
    expectation: Any
    forbids: bool

    @property
    def columns(self) -> list[str]:
        """The columns it names."""
        named = [self.kwargs[key] for key in ("column", "column_A", "column_B", "column_list")
                 if key in self.kwargs]  # fmt: skip
        return [name for value in named for name in ([value] if isinstance(value, str) else value)]

    @property
    def condition(self) -> str:
        """Which rows it is for, as `DataFrame.query` reads it; '' for all."""
        condition: Any = self.kwargs.get("row_condition")
        return str(condition["pass_through_filter"]) if condition else ""

    @property
    def is_about_single_rows(self) -> bool:
        """Whether it holds of any part of rows of which it holds: no mean, no share of rows."""
        return self.type.startswith("expect_column_values_to_") and "mostly" not in self.kwargs


@dataclass(frozen=True)
class Suite:
    """The rules of one relation (``schema.table``), and the columns that name its rows.

    study: the one whose own they are; '' where they are for every study.
    """

    study: str
    relation: str
    file: Path
    keys: tuple[str, ...]
    rules: tuple[Rule, ...]


def read_suites(general: Path, own: Mapping[str, Path]) -> list[Suite]:
    """Every suite: the general ones, and those of each study. Each in the order of their names.

    general: a directory. own: by study a directory, which need not be there.

    Raises ExpectationError naming the file and the rule that cannot be used.
    """
    suites = _read_directory(general, "")
    if not suites:
        raise ExpectationError(f"{general} holds no suite (*.json): nothing would be checked.")
    seen = _names_once(suites, {})
    for study, directory in own.items():
        try:
            found = _read_directory(directory, study)
            _names_once(found, seen)
        except ExpectationError as error:
            raise ExpectationError(
                f"{error} `nqp build --without {study}` builds the other studies."
            ) from error
        suites += found
    return suites


def _read_directory(directory: Path, study: str) -> list[Suite]:
    return [_read_suite(file, study) for file in sorted(directory.glob("*.json"))]


def _names_once(suites: Sequence[Suite], others: Mapping[str, Path]) -> dict[str, Path]:
    """The file of each rule by its name. Raises ExpectationError where a name is given twice."""
    seen = dict(others)
    for suite in suites:
        for rule in suite.rules:
            if rule.name in seen:
                raise ExpectationError(
                    f"{suite.file}, rule {rule.name}: {seen[rule.name]} has a rule of that name "
                    "too. A waiver could not tell them apart: rename one."
                )
            seen[rule.name] = suite.file
    return seen


def _read_suite(file: Path, study: str) -> Suite:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExpectationError(f"{file} cannot be opened ({error.strerror}).") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ExpectationError(f"{file} is not JSON: {error}.") from error
    if not isinstance(content, dict) or not isinstance(content.get("expectations"), list):
        raise ExpectationError(f'{file}: expected an object with a list "expectations".')
    if content.get("name") != file.stem:
        raise ExpectationError(
            f'{file}: "name" is {content.get("name")!r}, the file is named {file.stem!r}. '
            "Both are the relation that is checked."
        )
    meta = content.get("meta")
    keys = meta.get("keys") if isinstance(meta, dict) else None
    if not keys or not isinstance(keys, list):
        raise ExpectationError(f'{file}: "meta" lacks "keys", the columns that name a row.')
    rules = [
        _read_rule(file, at, entry, keys) for at, entry in enumerate(content["expectations"], 1)
    ]
    if not rules:
        raise ExpectationError(f"{file} holds no rule: delete it or add one.")
    return Suite(study, file.stem, file, tuple(keys), tuple(rules))


def _read_rule(file: Path, at: int, entry: Any, keys: Sequence[str]) -> Rule:
    entry = entry if isinstance(entry, dict) else {}
    meta = entry["meta"] if isinstance(entry.get("meta"), dict) else {}
    name = meta.get("rule")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ExpectationError(
            f'{file}, expectation {at}: "meta" needs "rule", a name in small letters, digits and '
            f"underscores; found {name!r}."
        )
    where = f"{file}, rule {name}"
    reason = meta.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise ExpectationError(f'{where}: "meta" needs "reason", why the figures must be so.')
    severity = entry.get("severity")
    if severity not in SEVERITIES:
        known = ", ".join(SEVERITIES)
        raise ExpectationError(f'{where}: "severity" is {severity!r}: expected one of {known}.')
    kwargs = entry.get("kwargs")
    try:
        # One by one: a suite leaves out what it cannot read, and says so only in a log.
        expectation = _expectation(entry, kwargs)
    except Exception as error:
        # Great Expectations raises of every kind; what is wrong stands in the last line.
        problem = str(error).strip().splitlines()[-1].strip()
        raise ExpectationError(f"{where}: not an expectation ({problem}).") from error
    written: Any = expectation.configuration.to_json_dict()
    condition = written["kwargs"].get("row_condition")
    if condition and "pass_through_filter" not in condition:
        raise ExpectationError(
            f'{where}: write the row condition as a text that pandas reads, such as "year > 2015".'
        )
    bare = {key: value for key, value in entry["kwargs"].items()
            if key not in ("row_condition", "condition_parser")}  # fmt: skip
    forbids = False
    if condition and written["type"].endswith("_to_be_null"):
        compared = re.findall(r"\w+", condition["pass_through_filter"])
        forbids = written["kwargs"].get("column") in (*keys, *compared)
    return Rule(name, reason.strip(), severity, written["type"], written["kwargs"],
                _expectation(entry, bare), forbids)  # fmt: skip


def _expectation(entry: Mapping[str, Any], kwargs: Any) -> Any:
    return ExpectationConfiguration(
        type=entry["type"], kwargs=kwargs, meta=entry["meta"], severity=entry["severity"]
    ).to_domain_obj()
