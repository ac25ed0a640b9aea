"""Tables of variables: their statistics, their definitions, and the system of indicators."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nqp.presentation.regression_columns import Names
from nqp.presentation.tables import (
    DEFAULTS,
    MINUS,
    ROLES,
    Row,
    Table,
    TableOptions,
    Words,
    alignment,
    data_notes,
    grouped,
    need_columns,
    number_text,
    of_study,
    records,
    symbol_of,
    text_or_blank,
)

TRANSFORMS = {"level": "{}", "ln": "ln({})", "ln1p": "ln(1 + {})"}


def descriptive_table(
    descriptives: pd.DataFrame,
    variables: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    study: str,
    data_profile: str,
    title: str,
    table_number: int | str = 2,
    options: TableOptions = DEFAULTS,
) -> Table:
    """Observations, mean, standard deviation, minimum and maximum, grouped by role.

    descriptives: study, variable_id, role, n_obs, mean, std_dev, minimum, maximum. Extremes that
    are whole numbers print as such; what would print as zero prints with more decimals.

    Raises ValueError when a column or the study is missing, or a role is unknown.
    """
    numbers = ("mean", "std_dev", "minimum", "maximum")
    need_columns("descriptives", descriptives, f"study variable_id role n_obs {' '.join(numbers)}")
    names = Names(variables, Words.of(studies, study), study, options)
    rows = [
        (
            options.say(*ROLES[row["role"]]),
            names(row["variable_id"]),
            str(int(row["n_obs"])),
            *(number_text(row[name], options, whole=name.endswith("imum")) for name in numbers),
        )
        for row in _by_role(of_study("descriptives", descriptives, study))
    ]
    header = options.say(
        "Variable type,Variable,N,Mean,Std. dev.,Minimum,Maximum",
        "变量类型,变量,样本量,均值,标准差,最小值,最大值",
    )
    return Table(
        name=f"{study}_table{table_number}",
        number=str(table_number),
        title=title,
        header=tuple(header.split(",")),
        rows=grouped(rows),
        notes=data_notes(data_profile, options),
        align=alignment("llccccc"),
        language=options.language,
    )


def definition_table(
    variables: pd.DataFrame,
    series: pd.DataFrame,
    units: pd.DataFrame,
    *,
    study: str,
    title: str,
    table_number: int | str,
    indicators: pd.DataFrame | None = None,
    options: TableOptions = DEFAULTS,
) -> Table:
    """What each variable is, in words; with `indicators`, those and their signs too.

    variables, series, units, indicators: the definitions of these names.

    Raises ValueError when a column or the study is missing, or a series, unit, role or transform
    is unknown.
    """
    need_columns("variables", variables, f"study variable_id role {_Formulas.COLUMNS}")
    listed = _by_role(of_study("variables", variables, study))
    if indicators is not None:
        need_columns("indicators", indicators, f"study position sign {_Formulas.COLUMNS}")
        own = of_study("indicators", indicators, study).sort_values("position")
        listed += records(own.assign(role="indicator"))
    in_words = _Formulas(series, units, options)
    rows = [
        (
            options.say(*ROLES[row["role"]]),
            symbol_of(row["variable_id"], options) if "variable_id" in row else "",
            row[f"label_{options.language}"],
            in_words(row),
            _sign(row),
        )
        for row in listed
    ]
    header = options.say("Type,Symbol,Name,Definition,Sign", "类型,符号,名称,定义,方向")
    keep = slice(None if indicators is not None else -1)
    return Table(
        name=f"{study}_definitions",
        number=str(table_number),
        title=title,
        header=tuple(header.split(","))[keep],
        rows=tuple(row[keep] for row in grouped(rows)),
        notes=(),
        align=alignment("llwwc")[keep],
        language=options.language,
    )


def indicator_table(
    indicators: pd.DataFrame,
    series: pd.DataFrame,
    units: pd.DataFrame,
    *,
    study: str,
    title: str,
    table_number: int | str = 1,
    weights: pd.DataFrame | None = None,
    data_profile: str | None = None,
    options: TableOptions = DEFAULTS,
) -> Table:
    """The indicator system by dimension: name, definition, sign and, if given, weight.

    indicators, series, units: the definitions of these names. weights: study, indicator, weight,
    as in ``entropy_weights``; they come from data, so they need the `data_profile`.

    Raises ValueError when a column, the study or a weight is missing, a series, unit or transform
    is unknown, or weights come without a data profile.
    """
    dimension, label = f"dimension_{options.language}", f"label_{options.language}"
    need_columns(
        "indicators",
        indicators,
        f"study indicator_id position sign {dimension} {_Formulas.COLUMNS}",
    )
    own = records(of_study("indicators", indicators, study).sort_values("position"))
    weigh: dict[str, float] = {}
    if weights is not None:
        if data_profile is None:
            raise ValueError("weights come from data: give the data_profile they rest on")
        need_columns("weights", weights, "study indicator weight")
        given = weights[weights["study"] == study]
        weigh = dict(zip(given["indicator"], given["weight"], strict=True))
        if lacking := [i["indicator_id"] for i in own if i["indicator_id"] not in weigh]:
            raise ValueError(f"weights of study {study!r}: none for {', '.join(lacking)}")
    in_words = _Formulas(series, units, options)
    rows = [
        (text_or_blank(row[dimension]), row[label], in_words(row), _sign(row),
         number_text(weigh.get(row["indicator_id"]), options))
        for row in own
    ]  # fmt: skip
    header = options.say("Dimension,Indicator,Definition,Sign,Weight", "维度,指标,定义,方向,权重")
    keep = slice(None if weigh else -1)
    return Table(
        name=f"{study}_table{table_number}",
        number=str(table_number),
        title=title,
        header=tuple(header.split(","))[keep],
        rows=tuple(row[keep] for row in grouped(rows)),
        notes=() if data_profile is None else data_notes(data_profile, options),
        align=alignment("lwwcc")[keep],
        language=options.language,
    )


class _Formulas:
    """Definitions in words. Units are named where they matter: not in ratios without a scale."""

    COLUMNS = "label_en label_zh numerator denominator scale transform"

    def __init__(self, series: pd.DataFrame, units: pd.DataFrame, options: TableOptions) -> None:
        label = f"label_{options.language}"
        need_columns("series", series, f"series_id {label} unit")
        need_columns("units", units, f"unit dimension factor {label}")
        self.series = series.set_index("series_id")[[label, "unit"]].T.to_dict("list")
        # A plain count needs no unit; a label's own parentheses would nest.
        plain = (units["dimension"] == "items") & (units["factor"] == 1)
        flat = units[label].str.replace("（", "、").str.replace("）", "").mask(plain, "")
        self.units = dict(zip(units["unit"], flat, strict=True))
        self.options = options

    def __call__(self, row: Row) -> str:
        if row["transform"] not in TRANSFORMS:
            known = ", ".join(TRANSFORMS)
            raise ValueError(f"transform is {row['transform']!r}: expected one of {known}")
        if "(" in row["numerator"]:
            # Made from another variable, which the table defines.
            return str(row["numerator"])
        ratio = text_or_blank(row["denominator"]) != ""
        scale = float(row["scale"])
        with_units = not ratio or scale != 1
        text = self._sum(row["numerator"], with_units, bracket=ratio or scale != 1)
        if ratio:
            text += f" / {self._sum(row['denominator'], with_units, bracket=True)}"
        if scale != 1:
            text += f" × {scale:,.10g}"
        return TRANSFORMS[row["transform"]].format(text)

    def _sum(self, terms: str, with_units: bool, bracket: bool) -> str:
        words = [self._term(term.strip(), with_units) for term in terms.split("+")]
        text = " + ".join(words)
        return f"({text})" if bracket and len(words) > 1 else text

    def _term(self, term: str, with_units: bool) -> str:
        series_id, _, source = term.partition("@")
        if series_id not in self.series:
            raise ValueError(f"series has no series_id {series_id!r}, which a definition uses")
        label, unit = self.series[series_id]
        if with_units:
            if unit not in self.units:
                raise ValueError(f"units has no unit {unit!r}, that of series {series_id!r}")
            if words := self.units[unit]:
                label += self.options.say(f" ({words})", f"（{words}）")
        return f"{label} [{source}]" if source else str(label)


def _sign(row: Row) -> str:
    return "" if "sign" not in row else "+" if row["sign"] > 0 else MINUS


def _by_role(frame: pd.DataFrame) -> list[dict[str, Any]]:
    if unknown := sorted(set(frame["role"]) - set(ROLES)):
        raise ValueError(f"role is {unknown[0]!r}: expected one of {', '.join(ROLES)}")
    return sorted(records(frame), key=lambda row: list(ROLES).index(row["role"]))
