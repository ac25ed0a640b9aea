"""Check tables against suites of expectations: what a careful reader would ask of the figures.

A suite is a file ``<schema>.<table>.json`` as Great Expectations writes it. Each of its rules has
a name and a reason in ``meta`` and a severity; ``meta.keys`` of the suite are the columns that name
a row. General suites are put to every study, and a study's own suites to that study alone: a rule
looks at the rows of one study at a time. This is the only module that imports Great Expectations,
which takes seconds.
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
import numpy.typing as npt
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
# What suites may be about.
RELATIONS = (
    "raw.files", "staging.observations", "intermediate.defined_values", "marts.entropy_weights",
    "marts.coverage", "marts.panel_long", "quality.unknown_units",
)  # fmt: skip
# Tables that say which rows belong to a study, and what a series may be.
CONTEXT = ("definitions.studies", "definitions.series", "intermediate.study_sources")
# A row per rule and study; every column is text but the counts. Blank is None.
COLUMNS = (
    "study", "relation", "rule", "expectation", "column_name", "severity", "reason", "status",
    "expected", "observed", "unexpected_count", "element_count", "unexpected_keys", "waiver",
    "waived_until", "message",
)  # fmt: skip
COUNTS = ("unexpected_count", "element_count")
Mask = npt.NDArray[np.bool_]
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


@dataclass(frozen=True)
class Waiver:
    """A failure accepted on record.

    study: the only one in which it is accepted; '' for every study.
    scope: values of keys that a row must have; empty for all.
    """

    study: str
    rule: str
    scope: Mapping[str, str]
    until: date
    who: str
    reason: str

    def is_for(self, study: str, rule: str) -> bool:
        return self.rule == rule and self.study in ("", study)

    def covers(self, row: Mapping[str, Any]) -> bool:
        return all(_text(row.get(key)) == value for key, value in self.scope.items())

    def __str__(self) -> str:
        return f"until {self.until} by {self.who}: {self.reason}"


@dataclass(frozen=True)
class Finding:
    """What came of a rule in a study. rows: the unexpected ones, key by key; or none."""

    status: str
    observed: str
    unexpected_count: int | None = None
    element_count: int | None = None
    rows: Sequence[Mapping[str, Any]] = field(default_factory=list)


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


def check(
    suites: Sequence[Suite],
    tables: Mapping[str, pd.DataFrame],
    waivers: pd.DataFrame,
    today: date,
) -> pd.DataFrame:
    """What came of every rule in every study, columns as in `COLUMNS`.

    tables: by relation, one for each suite, and those of `CONTEXT`. Rows are a study's by the keys
    of the suite: `study`, or `source_id` or `file` of a source that the study uses.
    waivers: as `nqp.ingest.read_waivers` returns them.

    status is ``passed``, ``failed``, ``no rows`` (the study has none that the rule is about),
    ``waived`` (failed, and accepted until today or later) or ``error`` (could not be checked, which
    counts as a critical failure; of no study where it is the suite's fault). Rows are named in the
    order of their keys, whatever the order of the table.

    Raises ExpectationError when a suite has no table, or a waiver's rule or scope does not exist.
    """
    studies = [str(study) for study in tables["definitions.studies"]["study"]]
    suites = [suite for suite in suites if not suite.study or suite.study in studies]
    frames = {name: frame for name, frame in tables.items() if name not in CONTEXT}
    for suite in suites:
        if suite.relation not in frames:
            raise ExpectationError(
                f"{suite.file}: {suite.relation} is not among the tables that are checked "
                f"({', '.join(frames)}). Name the file after one of them."
            )
    accepted = _read_waivers(waivers, suites, studies)
    frames = _with_limits(frames, tables)
    # Nothing is kept or sent: the stores are in memory, no page is written.
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )
    asset = context.data_sources.add_pandas("warehouse").add_dataframe_asset("figures")
    batches = asset.add_batch_definition_whole_dataframe("all")
    rows = []
    for suite in suites:
        frame = frames[suite.relation]
        judged = [suite.study] if suite.study else studies
        whose = {study: _rows_of(study, suite, frame, tables) for study in judged}
        for rule in suite.rules:
            findings = _judge(batches, suite, rule, frame, whose)
            rows += [_row(study, suite, rule, findings[study], accepted, today)
                     for study in findings]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    types = {name: "Int64" if name in COUNTS else "str" for name in COLUMNS}
    return table.astype(types)


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


def _read_waivers(
    waivers: pd.DataFrame, suites: Sequence[Suite], studies: Sequence[str]
) -> list[Waiver]:
    """The waivers for the studies given; those for studies left out now are dropped."""
    read = []
    for row in waivers.to_dict("records"):
        where = f"waivers.csv, row {row['manifest_row']}"
        if owner := row["study"]:
            where = f"{owner}/waivers.csv, row {row['manifest_row']}"
        pairs = [] if row["scope"] == "*" else [_pair(p, where) for p in row["scope"].split()]
        scope = dict(pairs)
        if len(scope) < len(pairs):
            raise ExpectationError(
                f"{where}, column scope: a key stands twice. Write a row of waivers for each value."
            )
        study = scope.pop("study", owner)
        if owner and study != owner:
            raise ExpectationError(
                f"{where}, column scope: study={study}, but the waivers of {owner} are for that "
                "study alone. Move the row to the other's waivers.csv."
            )
        if study and study not in studies:
            continue
        keys_of = {
            rule.name: suite.keys
            for suite in suites
            if not (suite.study and study) or suite.study == study
            for rule in suite.rules
        }
        if row["rule"] not in keys_of:
            near = difflib.get_close_matches(row["rule"], keys_of, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "the files in expectations/ name them."
            raise ExpectationError(f"{where}, column rule: no rule is {row['rule']!r}; {hint}")
        if unknown := [key for key in scope if key not in keys_of[row["rule"]]]:
            raise ExpectationError(
                f"{where}, column scope: {unknown[0]!r} is not among the keys of the rule's rows "
                f"({', '.join(keys_of[row['rule']])})."
            )
        until = date.fromisoformat(row["until"])
        read.append(Waiver(study, row["rule"], scope, until, row["who"], row["reason"]))
    return read


def _pair(text: str, where: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise ExpectationError(
            f"{where}, column scope: {text!r} is not key=value. Write * for every row, or such as "
            "study=city region_code=150600 year=2022."
        )
    return key, value


def _with_limits(
    frames: Mapping[str, pd.DataFrame], tables: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """The frames with what rules compare their rows with.

    Figures get `lowest` and `highest` of their series, as the studies that use the source define
    it, or the catalogue; weights get the number of `indicators` of their study.
    """
    found = dict(frames)
    if (figures := frames.get("staging.observations")) is not None and "source_id" in figures:
        series, sources = tables["definitions.series"], tables["intermediate.study_sources"]
        limits = {"lowest": "max", "highest": "min"}
        own = sources[["study", "source_id"]].drop_duplicates().merge(
            series[series["study"] != ""], on="study"
        )  # fmt: skip
        own = own.groupby(["source_id", "series_id"], as_index=False).agg(limits)
        shared = series[series["study"] == ""].set_index("series_id")
        figures = figures.merge(own, "left", on=["source_id", "series_id"], indicator="defined_in")
        is_shared = figures.pop("defined_in") == "left_only"
        for name in limits:
            listed = figures["series_id"].map(shared[name].astype(float))
            figures[name] = figures[name].astype(float).where(~is_shared, listed)
        found["staging.observations"] = figures
    if (weights := frames.get("marts.entropy_weights")) is not None and "study" in weights:
        counts = weights["study"].value_counts()
        found["marts.entropy_weights"] = weights.assign(indicators=weights["study"].map(counts))
    return found


def _rows_of(
    study: str, suite: Suite, frame: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> Mask:
    """Which rows of the frame are the study's."""
    for key, find in (("study", None), ("source_id", _sources_of), ("file", _files_of)):
        if key in suite.keys and key in frame.columns:
            values = find(study, tables) if find else {study}
            return np.asarray(frame[key].isin(values), dtype=bool)
    if set(suite.keys) <= set(frame.columns):
        raise ExpectationError(
            f'{suite.file}: "keys" names neither study, source_id nor file: nothing says whose a '
            "row is."
        )
    # Each rule reports a missing key itself.
    return np.ones(len(frame), dtype=bool)


def _sources_of(study: str, tables: Mapping[str, pd.DataFrame]) -> set[str]:
    sources = tables["intermediate.study_sources"]
    return set(sources.loc[sources["study"] == study, "source_id"])


def _files_of(study: str, tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """The files from which a figure of the study's sources was read."""
    figures = tables["staging.observations"]
    return set(figures.loc[figures["source_id"].isin(_sources_of(study, tables)), "file"])


def _judge(
    batches: Any, suite: Suite, rule: Rule, frame: pd.DataFrame, whose: Mapping[str, Mask]
) -> dict[str, Finding]:
    """What came of a rule in each study, before waivers; of '' where the suite is at fault.

    whose: by study, which rows of the frame are its own.
    """
    chosen = _chosen(suite, rule, frame)
    if isinstance(chosen, Finding):
        return {suite.study: chosen}
    rows_of = {study: chosen & own for study, own in whose.items()}
    findings = {study: _without_rows(rule, frame, rows_of[study], whose[study]) for study in whose}
    open_ = [study for study, finding in findings.items() if finding is None]
    # What holds of each row of all studies together holds in each of them.
    if len(open_) > 1 and rule.is_about_single_rows:
        together = np.logical_or.reduce([rows_of[study] for study in open_])
        if _put(batches, rule, frame[together]).success:
            counts = {study: int(rows_of[study].sum()) for study in open_}
            findings |= {study: _counted("passed", 0, n, []) for study, n in counts.items()}
            open_ = []
    for study in open_:
        result = _put(batches, rule, frame[rows_of[study]])
        if not result.success and result.result.get("unexpected_count"):
            result = _put(batches, rule, frame[rows_of[study]], named_by=suite.keys)
        findings[study] = _finding(suite, result)
    return {study: finding for study, finding in findings.items() if finding}


def _put(batches: Any, rule: Rule, rows: pd.DataFrame, named_by: Sequence[str] = ()) -> Any:
    """Put the rule to these rows and no others.

    named_by: the columns by which unexpected rows are named, which takes long; none: only counted.
    """
    batch = batches.get_batch({"dataframe": rows[list(dict.fromkeys((*named_by, *rule.columns)))]})
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": list(named_by)}
    return batch.validate(rule.expectation, result_format=form if named_by else "BASIC")


def _chosen(suite: Suite, rule: Rule, frame: pd.DataFrame) -> Mask | Finding:
    """Which rows of the frame the rule is about, or why that cannot be said."""
    if lacking := [n for n in (*suite.keys, *rule.columns) if n not in frame.columns]:
        return Finding(
            "error", f"{suite.relation} has no column {lacking[0]!r}: correct {suite.file}"
        )
    if not rule.condition:
        return np.ones(len(frame), dtype=bool)
    try:
        chosen = np.asarray(frame.eval(rule.condition))
        if chosen.shape != (len(frame),) or chosen.dtype != bool:
            raise ValueError(f"{rule.condition} is neither true nor false of a row")
    except Exception as error:
        # pandas raises of every kind for a condition it cannot read.
        return Finding("error", f"the row condition cannot be read ({error}): correct {suite.file}")
    return chosen


def _without_rows(rule: Rule, frame: pd.DataFrame, rows: Mask, own: Mask) -> Finding | None:
    """The finding of a rule that has no rows to check; None if it has some.

    rows: those that the rule is about, of all that are the study's own.
    """
    if rule.forbids and own.any() and not rows.any():
        return Finding("passed", "no such row", 0, 0)
    if rule.columns and "null" not in rule.type:
        rows = rows & frame[rule.columns].notna().any(axis=1).to_numpy()
    # How many rows there are can be said of none, too.
    return None if rows.any() or not rule.columns else Finding("no rows", "no rows", 0, 0)


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
    return _counted(status, count, found["element_count"], rows)


def _counted(status: str, count: int, total: int, rows: Sequence[Mapping[str, Any]]) -> Finding:
    return Finding(status, f"{count:,} of {total:,} rows otherwise", count, total, rows)


def _exceptions(info: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """One report, or one for each part of the check that raised."""
    return [info] if "raised_exception" in info else info.values()


def _row(
    study: str,
    suite: Suite,
    rule: Rule,
    finding: Finding,
    waivers: Sequence[Waiver],
    today: date,
) -> dict[str, Any]:
    status, waiver, until = finding.status, None, None
    if status == "failed":
        own = [w for w in waivers if w.is_for(study, rule.name)]
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
    holds = status in ("passed", "no rows")
    return {
        "study": study,
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
        "message": None if holds else _message(study, suite, rule, expected,
                                               f"{finding.observed}{f': {named}' if named else ''}",
                                               waiver),
    }  # fmt: skip


def _message(
    study: str, suite: Suite, rule: Rule, expected: str, found: str, waiver: str | None
) -> str:
    """A failure in a few lines, for whoever has to act on it."""
    lines = [
        f"{f'study {study}, ' if study else ''}{suite.relation}: {rule.name}",
        f"  expected: {expected}",
        f"  found: {found}",
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
