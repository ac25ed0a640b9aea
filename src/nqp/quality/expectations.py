"""Check tables against suites of expectations: what a careful reader would ask of the figures.

General suites are put to every study, and a study's own suites to that study alone: a rule looks at
the rows of one study at a time. `suites` reads the rules, `accepted_failures` the failures that are
accepted on record, and `expectation_results` puts the results into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nqp.quality.accepted_failures import read_waivers_for, value_in_words
from nqp.quality.expectation_results import (
    COLUMNS,
    COUNTS,
    Finding,
    counted,
    observed,
    result_row,
)
from nqp.quality.gx import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
    gx,
)
from nqp.quality.suites import ExpectationError, Rule, Suite

# What suites may be about.
RELATIONS = (
    "raw.files", "staging.observations", "intermediate.defined_values", "marts.entropy_weights",
    "marts.coverage", "marts.panel_long", "quality.unknown_units",
)  # fmt: skip

# Tables that say which rows belong to a study, and what a series may be.
CONTEXT = (
    "definitions.studies", "definitions.series", "intermediate.study_sources",
    "intermediate.earlier_values",
)  # fmt: skip

# The tables whose single rows a rule judges also in the years that a specification begins before
# its study, and their column of variables; a mean or a share of rows is of the study's years.
WITH_EARLIER = {"marts.panel_long": "variable_id", "intermediate.defined_values": "id"}
EARLIER = "in an earlier year than the study"

Mask = npt.NDArray[np.bool_]


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
    accepted = read_waivers_for(waivers, suites, studies)
    frames = _with_limits(_with_earlier(frames, tables), tables)
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
            rows += [result_row(study, suite, rule, findings[study], accepted, today)
                     for study in findings]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    types = {name: "Int64" if name in COUNTS else "str" for name in COLUMNS}
    return table.astype(types)


def _with_earlier(
    frames: Mapping[str, pd.DataFrame], tables: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """The frames of `WITH_EARLIER` with the values of earlier years that their studies use.

    Such a value has of the other columns what all rows of its variable have alike.
    """
    found, earlier = dict(frames), tables["intermediate.earlier_values"]
    for relation, column in WITH_EARLIER.items():
        if (frame := frames.get(relation)) is None or earlier.empty:
            continue
        keys, rows = ["study", column], earlier.rename(columns={"variable_id": column})
        known = [name for name in frame.columns if name not in rows.columns]
        groups = frame.groupby(keys)[known]
        alike = groups.first().where(groups.nunique(dropna=False) == 1).reset_index()
        more = rows.merge(alike, on=keys)[list(frame.columns)]
        found[relation] = pd.concat(
            [frame.assign(**{EARLIER: False}), more.assign(**{EARLIER: True})], ignore_index=True
        )
    return found


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
    if EARLIER in frame.columns and not rule.is_about_single_rows:
        chosen = chosen & ~frame[EARLIER].to_numpy(dtype=bool)
    rows_of = {study: chosen & own for study, own in whose.items()}
    findings = {study: _without_rows(rule, frame, rows_of[study], whose[study]) for study in whose}
    open_ = [study for study, finding in findings.items() if finding is None]
    # What holds of each row of all studies together holds in each of them.
    if len(open_) > 1 and rule.is_about_single_rows:
        together = np.logical_or.reduce([rows_of[study] for study in open_])
        if _put(batches, rule, frame[together]).success:
            counts = {study: int(rows_of[study].sum()) for study in open_}
            findings |= {study: counted("passed", 0, n, []) for study, n in counts.items()}
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
        return Finding(status, observed(found.get("observed_value")))
    # A column that is both key and checked comes once; the order is that of the keys.
    rows = sorted(
        found.get("unexpected_index_list") or [],
        key=lambda row: [value_in_words(row[key]) for key in suite.keys],
    )
    rows = [{key: row[key] for key in (*suite.keys, *row)} for row in rows]
    return counted(status, count, found["element_count"], rows)


def _exceptions(info: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """One report, or one for each part of the check that raised."""
    return [info] if "raised_exception" in info else info.values()
