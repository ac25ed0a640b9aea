"""The report of a built warehouse: every figure and table as files, and a page that shows them.

What is made is rows: ``results.figures`` and ``definitions.table_specs``, a section of the page for
each study that has any. The functions here read through a callable that runs SQL, so that they know
no database. `report_queries` holds the SQL, `report_page` the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd
from matplotlib.figure import Figure

from nqp.presentation import curve_figure, data_docs, figures, table_formats, tables
from nqp.presentation.figure_style import Label, Look, save
from nqp.presentation.regression_tables import regression_table
from nqp.presentation.report_page import (
    LANGUAGES,
    Frames,
    Row,
    page_of,
    profile_of,
    waivers_of,
)
from nqp.presentation.report_queries import QUERIES
from nqp.presentation.tables import records
from nqp.presentation.variable_tables import definition_table, descriptive_table, indicator_table

Read = Callable[[str], pd.DataFrame]

# The unit of every index: weights add up to one, and normalised values lie between 0 and 1.
INDEX_UNIT = "index, 0 to 1"


@dataclass(frozen=True)
class Report:
    """What was written: every file, the page that shows them, and the figures left out.

    not_drawn: figure_id and the reason. chinese: the font of the Chinese labels, if any was found.
    """

    page: Path
    files: tuple[Path, ...]
    n_figures: int
    n_tables: int
    not_drawn: tuple[tuple[str, str], ...]
    chinese: str | None


def write_report(read: Read, out: Path, *, profile: str, chinese: str | None = None) -> Report:
    """Write figures/, tables/, index.html and checks.html of a published file into `out`/`profile`.

    read: runs a query on the published file. profile: the name of that file, without its ending;
    which data a study rests on is a matter of its rows. chinese: as in
    `nqp.presentation.figure_style.Look`.

    Raises ValueError when a figure or a table asks for what the results do not hold.
    """
    frames = {name: read(sql) for name, sql in QUERIES.items()}
    folder = out / profile
    labels = _labels(frames)

    files: list[Path] = []
    not_drawn = []
    for row in records(frames["figures"]):
        if row["status"] != "estimated":
            not_drawn.append((str(row["figure_id"]), str(row["reason"])))
            continue
        look = Look(str(row["data_profile"]), chinese, waived=bool(pd.notna(row["waivers"])))
        figure = draw(row, frames, labels, look)
        stem = folder / "figures" / str(row["figure_id"])
        files += save(figure, stem, title=row["caption_en"], look=look)

    printed: dict[str, dict[str, tables.Table]] = {}
    for row in records(frames["table_specs"]):
        printed[row["table_id"]] = both = {}
        for language in LANGUAGES:
            table = print_table(row, frames, language)
            both[language] = replace(table, name=f"{row['table_id']}_{language}")
            files += table_formats.write(both[language], folder / "tables")

    folder.mkdir(parents=True, exist_ok=True)
    page, checks = folder / "index.html", folder / "checks.html"
    page.write_text(page_of(frames, printed, profile), encoding="utf-8")
    checked = data_docs.page(frames["expectations"], profile, frames["profiles"])
    checks.write_text(checked, encoding="utf-8")
    return Report(
        page=page,
        files=(*files, page, checks),
        n_figures=len(frames["figures"]) - len(not_drawn),
        n_tables=len(printed),
        not_drawn=tuple(not_drawn),
        chinese=chinese,
    )


def draw(row: Row, frames: Frames, labels: Mapping[tuple[str, str], Label], look: Look) -> Figure:
    """One row of ``results.figures`` as a figure.

    Raises ValueError when its kind is unknown or what it shows has no rows.
    """
    study, kind, subject = str(row["study"]), str(row["kind"]), str(row["subject"])

    def own(frame: str, **keys: str) -> pd.DataFrame:
        found = frames[frame]
        for column, value in keys.items():
            found = found[found[column] == value]
        if found.empty:
            raise ValueError(f"figure {row['figure_id']}: no rows of {keys} in {frame}")
        return found

    def outcome_of(base_spec: str) -> Label:
        return labels[study, str(own("specs", spec_id=base_spec)["outcome"].iloc[0])]

    match kind:
        case "event_study":
            rows = own("event_study", event_study_id=subject)
            outcome = outcome_of(rows["base_spec"].iloc[0])
            staggered = frames["staggered"]
            beside = staggered[staggered["event_study_id"] == subject]
            return figures.event_study(rows, outcome=outcome, look=look, beside=beside)
        case "placebo_density" | "placebo_p_values":
            summary = records(own("placebo_summary", placebo_id=subject))[0]
            draws = own("placebo_draws", placebo_id=subject)
            outcome = outcome_of(summary["base_spec"])
            function = getattr(figures, kind)
            return cast(Figure, function(draws, summary, outcome=outcome, look=look))
        case "index_over_time":
            words = tables.Words.of(frames["studies"], study)
            [policy] = own("studies", study=study)["policy"]
            return figures.index_over_time(
                own("means", study=study, variable_id=subject),
                own("policy_years", study=study)["year"].astype(int).tolist(),
                variable=labels[study, subject],
                policy=Label(words.names[policy].en, words.names[policy].zh),
                units=Label(*words.units),
                look=look,
            )
        case "entropy_weights":
            return figures.entropy_weights(own("weights", study=study), look=look)
        case "propensity_overlap":
            rows = own("matched_samples", matching_id=subject)
            weighted = bool(rows["weighted"].iloc[0])
            return figures.propensity_overlap(rows, weighted=weighted, look=look)
        case "coefficients":
            rows = own("coefficients", study=study, term=subject)
            titles = frames["specs"][["spec_id", "title_en", "title_zh"]]
            outcomes = {name: labels[study, name] for name in rows["outcome"].unique()}
            rows = rows.merge(titles, on="spec_id", validate="one_to_one")
            return figures.coefficients(rows, outcomes=outcomes, look=look)
        case "specification_curve":
            rows = own("curves", curve_id=subject)
            named = {name: label for (its, name), label in labels.items() if its == study}
            named |= {
                str(group["name"]): Label(str(group["label_en"]), str(group["label_zh"]))
                for group in _groups(frames, study)
            }
            return curve_figure.specification_curve(
                rows, outcome=outcome_of(str(rows["base_spec"].iloc[0])), names=named, look=look
            )
    raise ValueError(f"figure {row['figure_id']}: there is no kind {kind!r}")


def print_table(row: Row, frames: Frames, language: tables.Language) -> tables.Table:
    """One row of ``table_specs`` as a table.

    Raises ValueError as the functions that lay out tables do.
    """
    study, number = str(row["study"]), str(row["table_number"])
    title = str(row[f"title_{language}"])
    controls = cast(Literal["all", "none"], row["controls"])
    waivers, profile = waivers_of(frames, study), profile_of(frames, study)
    # Where another study's policy is a control it is called as that study calls it.
    policies = frames["studies"].reindex(columns=["study", "policy", "policy_symbol"]).dropna()
    [policy] = frames["studies"].loc[frames["studies"]["study"] == study, "policy"]
    others = policies[policies["policy"] != policy]
    conclusions = frames["conclusions"]
    own = records(conclusions[conclusions["study"] == study])
    options = tables.TableOptions(
        language=language,
        controls=controls,
        waivers=waivers,
        symbols=dict(zip(others["policy"], others["policy_symbol"], strict=True)),
        tested={
            (row["spec_id"], row["term"]): row["headline_p_value"]
            for row in own
            if pd.notna(row["headline_p_value"])
        },
        method=own[0]["method"] if own else "",
        detectable={
            (row["spec_id"], row["term"]): row["mde"] for row in own if pd.notna(row["mde"])
        },
        mediations=records(frames["mediation"]),
        comparisons=records(frames["heterogeneity"]),
        decompositions=records(frames["two_way"]),
        averages=records(frames["averages"]),
        groupings={
            str(group["name"]): (str(group["label_en"]), str(group["label_zh"]))
            for group in _groups(frames, study)
        },
    )
    match row["kind"]:
        case "regression":
            return regression_table(
                frames["coefficients"], frames["fits"], frames["specs"], frames["variables"],
                frames["studies"], study=study, table_number=int(number), title=title,
                options=options,
            )  # fmt: skip
        case "descriptive":
            return descriptive_table(
                frames["descriptives"], frames["variables"], frames["studies"], study=study,
                data_profile=profile, title=title, table_number=number, options=options,
            )  # fmt: skip
        case "definition":
            return definition_table(
                frames["variables"], frames["series"], frames["units"],
                study=study, title=title, table_number=number, options=options,
            )  # fmt: skip
        case "indicators":
            weights = frames["weights"]
            weighed = bool((weights["study"] == study).any())
            return indicator_table(
                frames["indicators"], frames["series"], frames["units"], study=study, title=title,
                table_number=number, weights=weights if weighed else None,
                data_profile=profile if weighed else None, options=options,
            )  # fmt: skip
    raise ValueError(f"table {row['table_id']}: there is no kind {row['kind']!r}")


def _groups(frames: Frames, study: str) -> list[dict[str, Any]]:
    """What groups, groupings and other policies of a study are called."""
    labels = frames["group_labels"]
    return records(labels[labels["study"] == study])


def _labels(frames: Frames) -> dict[tuple[str, str], Label]:
    """What the variables and the index of each study are called."""
    labels = {}
    studies = frames["studies"]
    for row in records(studies[studies["index_id"].notna()]):
        index = tables.Words.of(studies, row["study"]).names[row["index_id"]]
        labels[row["study"], row["index_id"]] = Label(index.en, index.zh, INDEX_UNIT)
    for row in records(frames["variables"]):
        unit = row["unit_label"] if pd.notna(row["unit_label"]) else ""
        label = Label(row["label_en"], row["label_zh"], unit)
        labels[row["study"], row["variable_id"]] = label
    return labels
