"""Result frames as tables the way papers print them; `table_formats` makes files of them.

A table is text: every number is rounded, every label chosen and every footnote written here, so
that all formats say the same. A column that was not estimated stays, with a dash and the reason.
This module says what a table is and how it may be printed; `regression_tables` and
`variable_tables` lay out each kind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

Language = Literal["en", "zh"]

Align = Literal["left", "center", "wrap"]

Row = Mapping[str, Any]

ABSENT = "—"
MINUS = "−"
# In the order of print.
ROLES = {
    "outcome": ("Dependent variables", "被解释变量"),
    "treatment": ("Independent variables", "解释变量"),
    "mediator": ("Mediating variables", "中介变量"),
    "control": ("Control variables", "控制变量"),
    "indicator": ("Indicators", "指标"),
}

# What a study calls its units where it does not say: in the plural and in Chinese.
UNITS = ("units", "单位")
STATISTICS = {
    "r2": ("R²", "R²"),
    "r2_adj": ("Adj. R²", "调整R²"),
    "n_obs": ("N", "N"),
    "n_units": ("Units", "个体数"),
    "n_clusters": ("Clusters", "聚类数"),
}

PROFILES = {
    # In both languages in every table: translating a table must not lose it.
    "simulated": ("Simulated data: not evidence. 模拟数据，不可作为证据",) * 2,
    "open": ("Data: open sources.", "数据来源：开放数据。"),
    "public": ("Data: public sources.", "数据来源：公开数据。"),
    "licensed": ("Data: licensed sources.", "数据来源：授权数据。"),
}


@dataclass(frozen=True)
class TableOptions:
    """How a table is printed.

    parentheses: what stands below a coefficient. decimals: of every number but counts.
    controls: "all" prints the coefficients of all controls, a tuple those named, "none" none;
        the rest become one row of Yes and No.
    names: "symbol" prints LnGDP, "label" prints Economic development level. symbols: printed
        symbol by variable id, where neither the id nor the study's own symbol will do.
    column_titles: print the specifications' titles above the column numbers; None prints them
        where the rows do not tell the columns apart.
    fixed_effects, constant: print these rows. statistics: rows at the foot, of `STATISTICS`.
    waivers: failed checks of the data that were accepted on record, which the notes repeat.
    tested: by specification and term, the p-value of the study's headline method, printed in
        brackets below the coefficient; method: what the notes call it. detectable: likewise the
        minimum detectable effect.
    mediations, comparisons, decompositions, averages: rows of ``results.mediation``,
        ``results.heterogeneity``, ``results.two_way_decomposition`` and, of each method one,
        ``results.treatment_effects``, which the notes of a table with their columns tell.
    groupings: what the groups of a grouping are called, in English and Chinese.

    Raises ValueError when a field has no such value.
    """

    language: Language = "en"
    parentheses: Literal["std_error", "t_statistic"] = "std_error"
    decimals: int = 4
    stars: bool = True
    controls: Literal["all", "none"] | tuple[str, ...] = "all"
    names: Literal["symbol", "label"] = "symbol"
    symbols: Mapping[str, str] = field(default_factory=dict)
    column_titles: bool | None = None
    fixed_effects: bool = True
    constant: bool = True
    statistics: tuple[str, ...] = ("r2", "r2_adj", "n_obs")
    waivers: str = ""
    tested: Mapping[tuple[str, str], float] = field(default_factory=dict)
    method: str = ""
    detectable: Mapping[tuple[str, str], float] = field(default_factory=dict)
    mediations: Sequence[Row] = ()
    comparisons: Sequence[Row] = ()
    decompositions: Sequence[Row] = ()
    averages: Sequence[Row] = ()
    groupings: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value, known in (
            ("language", self.language, ("en", "zh")),
            ("parentheses", self.parentheses, ("std_error", "t_statistic")),
            ("names", self.names, ("symbol", "label")),
            ("decimals", self.decimals, range(16)),
            *(("statistics", name, tuple(STATISTICS)) for name in self.statistics),
        ):
            if value not in known:
                expected = ", ".join(map(str, known))
                raise ValueError(f"{name} is {value!r}: expected one of {expected}")
        if isinstance(self.controls, str) and self.controls not in ("all", "none"):
            raise ValueError(
                f"controls is {self.controls!r}: expected 'all', 'none' or a tuple of variable ids"
            )

    def say(self, english: str, chinese: str) -> str:
        return english if self.language == "en" else chinese

    def shows(self, control: str) -> bool:
        if isinstance(self.controls, str):
            return self.controls == "all"
        return control in self.controls


DEFAULTS = TableOptions()


@dataclass(frozen=True)
class PrintsAsZero:
    """A coefficient that is not zero but prints as zero, or its standard error.

    rescaled: the variable whose rescaling shows it. A regressor is measured in units of `factor`;
        where the regressor has no unit (a logarithm, the policy, the constant), the outcome is
        multiplied by it. Either way the coefficient is multiplied by `factor`.
    printed: the coefficient and what stands in parentheses below it, after that.
    """

    spec_id: str
    column_number: int
    term: str
    estimate: float
    rescaled: str
    factor: int
    printed: str


@dataclass(frozen=True)
class Table:
    """A table as text.

    name: file stem and LaTeX label. header: one cell per column, with "\\n" between its lines.
    align: per column; "wrap" is text that may break. warnings: what the printed decimals hide;
    the notes say it too.

    Raises ValueError when a row or `align` is not as long as the header.
    """

    name: str
    number: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    align: tuple[Align, ...]
    language: Language
    warnings: tuple[PrintsAsZero, ...] = ()

    def __post_init__(self) -> None:
        if {len(self.header)} != {len(self.align), *map(len, self.rows)}:
            raise ValueError(f"table {self.name}: header, rows and align differ in length")

    @property
    def caption(self) -> str:
        if self.language == "en":
            return f"Table {self.number}. {self.title}"
        return f"表{self.number}　{self.title}"


@dataclass(frozen=True)
class Name:
    """How something is printed: its symbol, and its name in English and Chinese."""

    symbol: str
    en: str
    zh: str


@dataclass(frozen=True)
class Words:
    """What a study calls its index, its policy and its units.

    names: by the id of the index and of the policy. unit: one of them, in English and Chinese.
    units: several.
    """

    names: Mapping[str, Name]
    unit: tuple[str, str]
    units: tuple[str, str]

    @classmethod
    def of(cls, studies: pd.DataFrame, study: str) -> Words:
        """Read from ``studies``: study, level, policy and, where they are given, index_id and
        the symbols, labels and plural names of units. What has no label prints as its id.

        Raises ValueError when a column or the study is missing.
        """
        need_columns("studies", studies, "study level policy")
        [row] = records(of_study("studies", studies, study))

        def given(column: str, otherwise: str) -> str:
            return text_or_blank(row.get(column)) or otherwise

        names = {}
        for kind, name in (
            ("policy", row["policy"]),
            ("index", text_or_blank(row.get("index_id"))),
        ):
            if name:
                names[name] = Name(
                    given(f"{kind}_symbol", name),
                    given(f"{kind}_label_en", name),
                    given(f"{kind}_label_zh", name),
                )
        units = given("units_label_en", UNITS[0]), given("units_label_zh", UNITS[1])
        unit = (
            given("unit_label_en", row["level"].replace("_", " ")),
            given("unit_label_zh", units[1]),
        )
        return cls(names, unit, units)


def data_notes(data_profile: str, options: TableOptions = DEFAULTS) -> tuple[str, ...]:
    """The footnotes that say which data a table rests on, and what was wrong with them."""
    own_word = (f"Data: {data_profile}.", f"数据来源：{data_profile}。")
    data = options.say(*PROFILES.get(data_profile, own_word))
    if not options.waivers:
        return (data,)
    return data, options.say(
        f"Failed checks accepted on record: {options.waivers}.",
        f"已豁免的检验：{options.waivers}。",
    )


def alignment(letters: str) -> tuple[Align, ...]:
    known: dict[str, Align] = {"l": "left", "c": "center", "w": "wrap"}
    return tuple(known[letter] for letter in letters)


def hides(value: float, options: TableOptions) -> bool:
    return value != 0 and float(f"{value:.{options.decimals}f}") == 0


def rounded(value: float, options: TableOptions) -> str:
    return f"{value:.{options.decimals}f}".replace("-", MINUS)


def number_text(value: float | None, options: TableOptions, whole: bool = False) -> str:
    """A number for reading: integers plain where `whole`, decimals enough to differ from zero."""
    if value is None or pd.isna(value):
        return ABSENT
    if whole and float(value).is_integer():
        return f"{value:.0f}".replace("-", MINUS)
    if hides(value, options):
        return f"{value:.{math.ceil(-math.log10(abs(value)))}f}".replace("-", MINUS)
    return rounded(value, options)


def text_or_blank(value: object) -> str:
    return value if isinstance(value, str) else ""


def grouped(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Rows whose first cell says something only where it changes."""
    firsts = [None, *(row[0] for row in rows)]
    return tuple(
        row if row[0] != before else ("", *row[1:])
        for row, before in zip(rows, firsts, strict=False)
    )


def symbol_of(name: str, options: TableOptions, named: Name | None = None) -> str:
    """The symbol of a variable is its id; a logarithm that is named ln_X prints as ln(X)."""
    if name in options.symbols:
        return options.symbols[name]
    if named:
        return named.symbol
    return f"ln({name[3:]})" if name.startswith("ln_") and len(name) > 3 else name


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def of_study(name: str, frame: pd.DataFrame, study: str) -> pd.DataFrame:
    own = frame[frame["study"] == study]
    if own.empty:
        raise ValueError(f"{name}: no row of study {study!r}")
    return own


def need_columns(name: str, frame: pd.DataFrame, columns: str) -> None:
    if absent := [column for column in columns.split() if column not in frame.columns]:
        raise ValueError(f"{name} lacks the columns {', '.join(absent)}")
