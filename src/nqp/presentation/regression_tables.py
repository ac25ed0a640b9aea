"""Tables of regressions: a column for each specification, two rows for each regressor."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import pandas as pd

from nqp.presentation.joint_notes import difference_notes, mediation_notes
from nqp.presentation.regression_columns import (
    CONSTANT,
    Column,
    Names,
    columns_of,
    controls_label,
    profile_of,
)
from nqp.presentation.regression_notes import (
    brackets_note,
    caution_notes,
    column_notes,
    controls_note,
    detectable_note,
    groups_notes,
    parentheses_note,
    prints_as_zero,
    zero_notes,
)
from nqp.presentation.staggered_notes import mixture_notes
from nqp.presentation.tables import (
    DEFAULTS,
    STATISTICS,
    Table,
    TableOptions,
    Words,
    alignment,
    data_notes,
    need_columns,
)

# Characters of a line of a column title.
HEADING = {"en": 18, "zh": 9}
SPEC_COLUMNS = (
    "spec_id study table_number column_number title_en title_zh outcome treatment controls"
    " unit_effects time_effects vcov cluster constant"
)


def regression_table(
    coefficients: pd.DataFrame,
    fits: pd.DataFrame,
    specs: pd.DataFrame,
    variables: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    study: str,
    table_number: int,
    title: str,
    options: TableOptions = DEFAULTS,
) -> Table:
    """One numbered table of a study: a column per specification, two rows per regressor.

    coefficients: spec_id, term, estimate, std_error, t_statistic, stars. fits: spec_id, n_obs,
    r2, r2_adj, dropped, status, reason, data_profile. specs: rows of ``regression_specs``.
    variables: study, variable_id, label_en, label_zh, transform. studies: what `Words` reads.

    Raises ValueError when a frame lacks a column, a specification or a coefficient, or when the
    columns rest on different data.
    """
    need_columns("coefficients", coefficients, "spec_id term estimate std_error t_statistic stars")
    need_columns("fits", fits, "spec_id dropped status reason data_profile")
    need_columns("fits", fits, " ".join(options.statistics))
    need_columns("specs", specs, SPEC_COLUMNS)
    columns = columns_of(specs, coefficients, fits, study, table_number)
    words = Words.of(studies, study)
    names = Names(variables, words, study, options)

    controls = list(dict.fromkeys(name for c in columns for name in c.spec.controls))
    shown = [name for name in controls if options.shows(name)]
    hidden = [name for name in controls if not options.shows(name)]
    treatment = dict.fromkeys(name for c in columns for name in c.spec.treatment)
    terms = [*treatment, *shown, *([CONSTANT] if options.constant else [])]

    rows = []
    for term in terms:
        rows.append([names(term), *(c.coefficient(term, options) for c in columns)])
        rows.append(["", *(c.parentheses(term, options) for c in columns)])
        brackets = [c.brackets(term, options) for c in columns]
        if any(brackets):
            rows.append(["", *brackets])
    rows += _yes_no_rows(columns, shown, hidden, names, options)
    for name in options.statistics:
        label = options.say(*STATISTICS[name])
        rows.append([label, *(c.statistic(name, options) for c in columns)])

    warnings = prints_as_zero(columns, terms, names, options)
    notes = [
        *parentheses_note(columns, names, options),
        *brackets_note(columns, options),
        *detectable_note(columns, names, options),
        *controls_note(shown, hidden, names, options),
        *groups_notes(columns, names, options),
        *column_notes(columns, names, options),
        *zero_notes(warnings, names, options),
        *mediation_notes(columns, names, options),
        *difference_notes(columns, options),
        *mixture_notes(columns, options),
        *caution_notes(columns, options),
        *data_notes(profile_of(columns), options),
    ]
    return Table(
        name=f"{study}_table{table_number}",
        number=str(table_number),
        title=title,
        header=(options.say("Variables", "变量"), *_headings(columns, names, options)),
        rows=tuple(map(tuple, rows)),
        notes=tuple(notes),
        align=alignment("l" + "c" * len(columns)),
        language=options.language,
        warnings=tuple(warnings),
    )


def _headings(columns: Sequence[Column], names: Names, options: TableOptions) -> list[str]:
    titled = options.column_titles
    if titled is None:
        alike = len({c.spec for c in columns}) < len(columns)
        titled = alike or any(c.of_part for c in columns)
    headings = []
    for c in columns:
        title = textwrap.wrap(
            c.row[f"title_{options.language}"] if titled else "", HEADING[options.language]
        )
        headings.append("\n".join([names(c.spec.outcome), *title, f"({c.number})"]))
    return headings


def _yes_no_rows(
    columns: Sequence[Column],
    shown: Sequence[str],
    hidden: Sequence[str],
    names: Names,
    options: TableOptions,
) -> list[list[str]]:
    answers: list[tuple[str, list[bool]]] = []
    if hidden:
        has = [any(name in hidden for name in c.spec.controls) for c in columns]
        answers.append((controls_label(shown, options), has))
    if options.fixed_effects:
        answers += _effects(columns, names, options)
    yes, no = options.say("Yes", "是"), options.say("No", "否")
    return [[label, *(yes if value else no for value in values)] for label, values in answers]


def _effects(
    columns: Sequence[Column], names: Names, options: TableOptions
) -> Iterator[tuple[str, list[bool]]]:
    """Every effect that is partialled out of some column, and which columns have it; those of
    years and units in any table."""
    unit = names.words.unit
    yield (
        options.say("Year fixed effect", "年份固定效应"),
        [c.spec.time_effects for c in columns],
    )
    yield (
        options.say(f"{_capital(unit[0])} fixed effect", f"{unit[1]}固定效应"),
        [c.spec.unit_effects for c in columns],
    )
    for grouping in dict.fromkeys(c.spec.group_periods for c in columns if c.spec.group_periods):
        english, chinese = _group(grouping, names)
        yield (
            options.say(f"{_capital(english)}-by-year fixed effect", f"{chinese}×年份固定效应"),
            [c.spec.group_periods == grouping for c in columns],
        )
    for grouping in dict.fromkeys(c.trends_of for c in columns if c.trends_of):
        english, chinese = _group(grouping, names)
        yield (
            options.say(f"Linear trend by {english}", f"{chinese}线性趋势"),
            [c.trends_of == grouping for c in columns],
        )
    for name in dict.fromkeys(name for c in columns for name in c.by_year):
        yield (
            options.say(f"{names(name)} × year", f"{names(name)}×年份"),
            [name in c.by_year for c in columns],
        )


def _group(grouping: str, names: Names) -> tuple[str, str]:
    """One group of a grouping in words; which groups these are is for the notes."""
    return names.of_column(grouping) or ("group", "组别")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
