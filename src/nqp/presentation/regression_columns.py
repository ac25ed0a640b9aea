"""What one column of a regression table holds, and what the variables of its rows are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from nqp.analyses.specifications import names as names_in
from nqp.analyses.specifications import regression_spec
from nqp.econometrics.regression import RegressionSpec
from nqp.presentation.tables import (
    ABSENT,
    ROLES,
    Row,
    TableOptions,
    Words,
    need_columns,
    records,
    rounded,
    symbol_of,
    text_or_blank,
)

CONSTANT = "_cons"
# Where one of these is filled, rows or values differ from those of the study's panel.
SAMPLE_COLUMNS = (
    "grouping", "first_year", "last_year", "leave_out", "leave_out_years", "matching",
    "winsor_lower", "winsor_upper", "coding_rule",
)  # fmt: skip

# What a column that holds units together is called, beside the study's own units.
COLUMNS_IN_WORDS = {
    "province_code": ("province", "省份"),
    "parent_code": ("the region above", "上一级地区"),
    "year": ("year", "年份"),
}


@dataclass(frozen=True)
class Column:
    """One specification and its results; cells come out as text."""

    row: Row
    spec: RegressionSpec
    fit: Row
    terms: Mapping[str, Row]

    @property
    def spec_id(self) -> str:
        return str(self.row["spec_id"])

    @property
    def number(self) -> int:
        return int(self.row["column_number"])

    @property
    def of_part(self) -> bool:
        """Whether the specification is about other rows than the study's whole panel."""
        marks = (self.row.get(name) for name in SAMPLE_COLUMNS)
        return any(not pd.isna(mark) and mark != "" for mark in marks)

    @property
    def trends_of(self) -> str:
        """The grouping whose groups have a linear trend each; '' without one."""
        return text_or_blank(self.row.get("group_trends"))

    @property
    def by_year(self) -> tuple[str, ...]:
        """Controls with a coefficient in each year."""
        return names_in(self.row.get("controls_by_year"))

    @property
    def estimated(self) -> bool:
        return bool(self.fit["status"] == "estimated")

    @property
    def dropped(self) -> list[str]:
        return [name for name in text_or_blank(self.fit["dropped"]).split(" + ") if name]

    def result(self, term: str) -> Row | None:
        """The term's results, or None where the column has none for it."""
        if not self.has(term) or not self.estimated or term in self.dropped:
            return None
        if term not in self.terms:
            raise ValueError(f"coefficients: no row for {self.spec_id}, term {term!r}")
        return self.terms[term]

    def has(self, term: str) -> bool:
        return term == CONSTANT or term in self.spec.regressors

    def coefficient(self, term: str, options: TableOptions) -> str:
        if (found := self.result(term)) is None:
            return ABSENT if self.has(term) else ""
        marks = found["stars"] if options.stars and not pd.isna(found["stars"]) else ""
        return f"{rounded(found['estimate'], options)}{marks}"

    def parentheses(self, term: str, options: TableOptions) -> str:
        found = self.result(term)
        if found is None:
            return ""
        value = found[options.parentheses]
        return ABSENT if pd.isna(value) else f"({rounded(value, options)})"

    def brackets(self, term: str, options: TableOptions) -> str:
        """The p-value of the headline method, where the term was tested by it."""
        p = options.tested.get((self.spec_id, term))
        return "" if p is None or self.result(term) is None else f"[{p:.3f}]"

    def statistic(self, name: str, options: TableOptions) -> str:
        value = self.fit[name]
        if not self.estimated or pd.isna(value):
            return ABSENT
        return rounded(value, options) if name.startswith("r2") else str(int(value))


class Names:
    """Printed names of variables, of the index and of the policy."""

    def __init__(
        self, variables: pd.DataFrame, words: Words, study: str, options: TableOptions
    ) -> None:
        need_columns("variables", variables, "study variable_id label_en label_zh transform")
        own = variables[variables["study"] == study]
        # What another unit would rescale; neither logarithms nor the policy have one.
        self.with_unit = set(own.loc[own["transform"] == "level", "variable_id"])
        self.labels = dict(zip(own["variable_id"], own[f"label_{options.language}"], strict=True))
        self.words = words
        self.options = options

    def __call__(self, name: str) -> str:
        if name == CONSTANT:
            return self.options.say("Constant", "常数项")
        named = self.words.names.get(name)
        if self.options.names == "symbol" or name in self.options.symbols:
            return symbol_of(name, self.options, named)
        if name in self.labels:
            return str(self.labels[name])
        return self.options.say(named.en, named.zh) if named else name

    def of_column(self, column: str) -> tuple[str, str] | None:
        """What holds units together, in English and Chinese; None for a grouping of the study."""
        return {"region_code": self.words.unit, **COLUMNS_IN_WORDS}.get(column)

    def listed(self, names: Sequence[str]) -> str:
        return self.options.say(", ", "、").join(map(self, names))


def columns_of(
    specs: pd.DataFrame,
    coefficients: pd.DataFrame,
    fits: pd.DataFrame,
    study: str,
    table_number: int,
) -> list[Column]:
    wanted = specs[(specs["study"] == study) & (specs["table_number"] == table_number)]
    if wanted.empty:
        raise ValueError(f"specs: no specification of study {study!r}, table {table_number}")
    fit_of = {row["spec_id"]: row for row in records(fits)}
    columns = []
    for row in records(wanted.sort_values("column_number")):
        spec_id = row["spec_id"]
        if spec_id not in fit_of:
            raise ValueError(f"fits: no row for {spec_id}; one that failed has its reason there")
        own = coefficients[coefficients["spec_id"] == spec_id]
        if twice := own.loc[own["term"].duplicated(), "term"].tolist():
            raise ValueError(f"coefficients: {spec_id} has {', '.join(twice)} more than once")
        terms = {result["term"]: result for result in records(own)}
        columns.append(Column(row, regression_spec(row), fit_of[spec_id], terms))
    return columns


def controls_label(shown: Sequence[str], options: TableOptions) -> str:
    if shown:
        return options.say("Other control variables", "其他控制变量")
    return options.say(*ROLES["control"])


def listed_columns(columns: Sequence[Column], options: TableOptions) -> str:
    numbers = [f"({c.number})" for c in columns]
    plural = "s" if len(numbers) > 1 else ""
    return options.say(f"column{plural} {', '.join(numbers)}", f"列{'、'.join(numbers)}")


def profile_of(columns: Sequence[Column]) -> str:
    profiles = sorted({str(c.fit["data_profile"]) for c in columns})
    if len(profiles) > 1:
        raise ValueError(f"fits: columns of one table rest on different data: {profiles}")
    return profiles[0]
