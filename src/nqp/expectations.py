"""Check tables against suites of expectations: what a careful reader would ask of the figures.

A suite is a file ``<schema>.<table>.json`` as Great Expectations writes it. Each of its rules has
a name and a reason in ``meta`` and a severity; ``meta.keys`` of the suite are the columns that name
a row. This is the only module that imports Great Expectations, which takes seconds.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# Read at import: no usage statistics, whatever the environment says.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation_configuration import (
    ExpectationConfiguration,
)

SEVERITIES = ("critical", "warning", "info")
# A row per rule; every column is text but the counts. Blank is None.
COLUMNS = (
    "relation", "rule", "expectation", "column_name", "severity", "reason", "status", "expected",
    "observed", "unexpected_count", "element_count", "unexpected_keys", "waiver", "waived_until",
    "message",
)  # fmt: skip
COUNTS = ("unexpected_count", "element_count")
# Rows that are named one by one; the others are counted.
NAMED = 3
# What the names of expectations say, in fewer words.
WORDS = {
    "be between": "",
    "be null": "blank",
    "not be null": "not blank",
    "be unique": "unique",
    "be in set": "one of",
    "not be in set": "none of",
    "match regex": "matching",
    "not match regex": "not matching",
    "row count to equal": "rows:",
    "row count to be between": "rows:",
}


class ExpectationError(ValueError):
    """A suite or a waiver that cannot be used; the message says where and what to do."""


@dataclass(frozen=True)
class Rule:
    """One expectation of a suite.

    forbids: it says which rows there must not be. A key is never blank, so that a suite can say
    this as "a key is blank where …".
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


@dataclass(frozen=True)
class Suite:
    """The rules of one relation (``schema.table``), and the columns that name its rows."""

    relation: str
    file: Path
    keys: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Waiver:
    """A failure accepted on record. scope: values of keys that a row must have; empty for all."""

    place: int
    rule: str
    scope: Mapping[str, str]
    until: date
    who: str
    reason: str

    def covers(self, row: Mapping[str, Any]) -> bool:
        return all(_text(row.get(key)) == value for key, value in self.scope.items())

    def __str__(self) -> str:
        return f"until {self.until} by {self.who}: {self.reason}"


@dataclass(frozen=True)
class Finding:
    """What came of a rule. rows: the unexpected ones, key by key; empty where it has none."""

    status: str
    observed: str
    unexpected_count: int | None = None
    element_count: int | None = None
    rows: Sequence[Mapping[str, Any]] = field(default_factory=list)


def read_suites(directory: Path) -> dict[str, Suite]:
    """Every suite of a directory, by relation.

    Raises ExpectationError naming the file and the rule that cannot be used.
    """
    files = sorted(directory.glob("*.json"))
    if not files:
        raise ExpectationError(f"{directory} holds no suite (*.json): nothing would be checked.")
    suites = {file.stem: _read_suite(file) for file in files}
    seen: dict[str, Path] = {}
    for suite in suites.values():
        for rule in suite.rules:
            if rule.name in seen:
                raise ExpectationError(
                    f"{suite.file}, rule {rule.name}: {seen[rule.name]} has a rule of that name "
                    "too. A waiver could not tell them apart: rename one."
                )
            seen[rule.name] = suite.file
    return suites


def check(
    suites: Mapping[str, Suite],
    frames: Mapping[str, pd.DataFrame],
    waivers: pd.DataFrame,
    today: date,
) -> pd.DataFrame:
    """What came of every rule, columns as in `COLUMNS`.

    frames: by relation, one for each suite. waivers: as `nqp.ingest.read_waivers` returns them.

    status is ``passed``, ``failed``, ``waived`` (failed, and accepted until today or later) or
    ``error`` (could not be checked, which counts as a critical failure). A rule for rows that are
    not there passes. Rows are named in the order of their keys, whatever the order of the frame.

    Raises ExpectationError when a suite has no frame, or a waiver's rule or scope does not exist.
    """
    if absent := sorted(set(suites) - set(frames)):
        raise ExpectationError(
            f"{suites[absent[0]].file}: {absent[0]} is not among the tables that are checked "
            f"({', '.join(frames)}). Name the file after one of them."
        )
    accepted = _read_waivers(waivers, suites)
    # Nothing is kept or sent: the stores are in memory, no page is written.
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )
    rows = []
    for relation, suite in suites.items():
        findings = _validate(context, suite, frames[relation])
        rows += [_row(suite, rule, findings[rule.name], accepted, today) for rule in suite.rules]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    types = {name: "Int64" if name in COUNTS else "str" for name in COLUMNS}
    return table.astype(types)


def _read_suite(file: Path) -> Suite:
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
    return Suite(file.stem, file, tuple(keys), tuple(rules))


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
        expectation = ExpectationConfiguration(
            type=entry.get("type"), kwargs=kwargs, meta=meta, severity=severity
        ).to_domain_obj()
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
    null_key = written["type"].endswith("_to_be_null") and written["kwargs"].get("column") in keys
    return Rule(name, reason.strip(), severity, written["type"], written["kwargs"], expectation,
                forbids=null_key and bool(condition))  # fmt: skip


def _read_waivers(waivers: pd.DataFrame, suites: Mapping[str, Suite]) -> list[Waiver]:
    keys_of = {rule.name: suite.keys for suite in suites.values() for rule in suite.rules}
    read = []
    for row in waivers.to_dict("records"):
        where = f"waivers.csv, row {row['manifest_row']}"
        if row["rule"] not in keys_of:
            near = difflib.get_close_matches(row["rule"], keys_of, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "the files in expectations/ name them."
            raise ExpectationError(f"{where}, column rule: no rule is {row['rule']!r}; {hint}")
        pairs = [] if row["scope"] == "*" else [_pair(p, where) for p in row["scope"].split()]
        scope = dict(pairs)
        if len(scope) < len(pairs):
            raise ExpectationError(
                f"{where}, column scope: a key stands twice. Write a row of waivers for each value."
            )
        if unknown := [key for key in scope if key not in keys_of[row["rule"]]]:
            raise ExpectationError(
                f"{where}, column scope: {unknown[0]!r} is not among the keys of the rule's rows "
                f"({', '.join(keys_of[row['rule']])})."
            )
        until = date.fromisoformat(row["until"])
        read.append(Waiver(int(row["manifest_row"]), row["rule"], scope, until, row["who"],
                           row["reason"]))  # fmt: skip
    return read


def _pair(text: str, where: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise ExpectationError(
            f"{where}, column scope: {text!r} is not key=value. Write * for every row, or such as "
            "study=city region_code=150600 year=2022."
        )
    return key, value


def _validate(context: Any, suite: Suite, frame: pd.DataFrame) -> dict[str, Finding]:
    """What came of each rule of a suite, before waivers."""
    findings: dict[str, Finding] = {}
    checked = []
    for rule in suite.rules:
        if (finding := _before(suite, rule, frame)) is None:
            checked.append(rule)
        else:
            findings[rule.name] = finding
    asset = context.data_sources.add_pandas(suite.relation).add_dataframe_asset("figures")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    results = batch.validate(
        gx.ExpectationSuite(name=suite.relation, expectations=[r.expectation for r in checked]),
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": list(suite.keys),
        },
    )
    for result in results.results:
        rule_name = result.expectation_config.meta["rule"]
        findings[rule_name] = _finding(suite, result)
    return findings


def _before(suite: Suite, rule: Rule, frame: pd.DataFrame) -> Finding | None:
    """Why a rule need not or cannot be put to the frame; None if it can."""
    if lacking := [n for n in (*suite.keys, *rule.columns) if n not in frame.columns]:
        return Finding(
            "error", f"{suite.relation} has no column {lacking[0]!r}: correct {suite.file}"
        )
    try:
        chosen = np.ones(len(frame), dtype=bool)
        if rule.condition:
            chosen = np.asarray(frame.eval(rule.condition))
        if chosen.shape != (len(frame),) or chosen.dtype != bool:
            raise ValueError(f"{rule.condition} is neither true nor false of a row")
        rows = frame[chosen]
    except Exception as error:
        # pandas raises of every kind for a condition it cannot read.
        return Finding("error", f"the row condition cannot be read ({error}): correct {suite.file}")
    if rule.forbids:
        return Finding("passed", "no such row", 0, 0) if rows.empty else None
    if rule.columns and "null" not in rule.type:
        rows = rows.dropna(subset=rule.columns, how="all")
    about_rows = not rule.columns and not rule.condition
    return Finding("passed", "no rows", 0, 0) if rows.empty and not about_rows else None


def _finding(suite: Suite, result: Any) -> Finding:
    raised = [info for info in _exceptions(result.exception_info) if info.get("raised_exception")]
    if raised:
        problem = str(raised[0].get("exception_message")).strip()
        return Finding("error", f"could not be checked ({problem}): see {suite.file}")
    found = result.result
    status = "passed" if result.success else "failed"
    count = found.get("unexpected_count")
    if count is None:
        return Finding(status, _observed(found.get("observed_value")))
    # A column that is both key and checked comes once; the order is that of the keys.
    rows = sorted(
        found.get("unexpected_index_list") or [],
        key=lambda row: [_text(row[key]) for key in suite.keys],
    )
    rows = [{key: row[key] for key in (*suite.keys, *row)} for row in rows]
    total = found["element_count"]
    return Finding(status, f"{count:,} of {total:,} rows otherwise", count, total, rows)


def _exceptions(info: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """One report, or one for each part of the check that raised."""
    return [info] if "raised_exception" in info else info.values()


def _row(
    suite: Suite, rule: Rule, finding: Finding, waivers: Sequence[Waiver], today: date
) -> dict[str, Any]:
    status, waiver, until = finding.status, None, None
    if status == "failed":
        own = [w for w in waivers if w.rule == rule.name]
        in_force = [w for w in own if w.until >= today]
        used = [w for w in in_force if not w.scope or any(map(w.covers, finding.rows))]
        covered = sum(any(w.covers(row) for w in used) for row in finding.rows)
        if covered == len(finding.rows) if finding.rows else used:
            status, until = "waived", min(w.until for w in used).isoformat()
            waiver = "; ".join(map(str, used))
        elif used:
            waiver = f"only {covered:,} of {len(finding.rows):,} rows are waived"
        elif in_force and not finding.rows:
            waiver = "the rule has no rows to name: only the scope * waives it"
        elif in_force:
            waiver = "the waiver is for other rows"
        elif own:
            waiver = f"the waiver ended on {max(w.until for w in own)}"
    expected = _expected(rule)
    named = _named(finding.rows, finding.unexpected_count or 0)
    return {
        "relation": suite.relation,
        "rule": rule.name,
        "expectation": rule.type,
        "column_name": ", ".join(rule.columns) or None,
        "severity": rule.severity,
        "reason": rule.reason,
        "status": status,
        "expected": expected,
        "observed": finding.observed,
        "unexpected_count": finding.unexpected_count,
        "element_count": finding.element_count,
        "unexpected_keys": named,
        "waiver": waiver,
        "waived_until": until,
        "message": None if status == "passed" else _message(suite, rule, expected, finding.observed,
                                                            named, waiver),
    }  # fmt: skip


def _message(
    suite: Suite, rule: Rule, expected: str, observed: str, named: str | None, waiver: str | None
) -> str:
    """A failure in a few lines, for whoever has to act on it."""
    lines = [
        f"{suite.relation}: {rule.name}",
        f"  expected: {expected}",
        f"  found: {observed}{f': {named}' if named else ''}",
        f"  why it matters: {rule.reason}",
        *([f"  waiver: {waiver}"] if waiver else []),
    ]
    return "\n".join(lines)


def _expected(rule: Rule) -> str:
    """What a rule demands, and of which rows."""
    if rule.forbids:
        return f"no row where {rule.condition}"
    rest = {
        key: value
        for key, value in rule.kwargs.items()
        if not key.startswith("column") and key not in ("row_condition", "condition_parser")
    }
    words = re.sub(r"^expect_(table_|column_values_to_|column_)?", "", rule.type).replace("_", " ")
    words = WORDS.get(words, words.removesuffix(" to be between"))
    parts = [", ".join(rule.columns), words]
    least, most = rest.pop("min_value", None), rest.pop("max_value", None)
    mostly = rest.pop("mostly", None)
    if least is not None and most is not None:
        parts.append(f"between {_text(least)} and {_text(most)}")
    elif least is not None:
        parts.append(f"at least {_text(least)}")
    elif most is not None:
        parts.append(f"at most {_text(most)}")
    plain = ("value", "value_set", "regex")
    parts += [_text(v) if key in plain else f"{key} {_text(v)}" for key, v in rest.items()]
    if mostly is not None:
        parts.append(f"in at least {_text(100 * mostly)} % of the rows")
    if rule.condition:
        parts.append(f"where {rule.condition}")
    return " ".join(filter(None, parts))


def _observed(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(part)}" for key, part in value.items())
    return _text(value)


def _named(rows: Sequence[Mapping[str, Any]], count: int) -> str | None:
    """The first unexpected rows by their keys and values."""
    if not rows:
        return None
    texts = [" ".join(f"{k}={_text(v)}" for k, v in row.items()) for row in rows[:NAMED]]
    more = [f"and {count - NAMED:,} more"] if count > NAMED else []
    return "; ".join(texts + more)


def _text(value: object) -> str:
    """A value as people write it: ten digits are enough to see what is wrong."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return "nothing"
    if isinstance(value, Number) and not isinstance(value, bool | np.bool_):
        return f"{float(value):.10g}"  # type: ignore[arg-type]
    return str(value)
