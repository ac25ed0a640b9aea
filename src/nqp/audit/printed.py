"""A paper's tables as printed: columns with their coefficients, and descriptive statistics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from nqp.audit.findings import Cell
from nqp.audit.texts import Printed, same_name

# Names of the constant, as tables write it.
CONSTANTS = frozenset(
    {"cons", "constant", "intercept", "常数项", "常数", "截距", "截距项", "const"}
)

# Rows that print what follows from others, no regressor.
SOBEL = re.compile(r"sobel", re.IGNORECASE)
SHARE = re.compile(
    r"(mediat|indirect|中介).*(share|ratio|proportion|percent|占比|比例)|"
    r"(share|ratio|proportion|percent|占比|比例).*(mediat|indirect|中介)",
    re.IGNORECASE,
)
INDIRECT = re.compile(r"^(indirect|mediat\w*|中介|间接)[\s_-]*(effect|效应)", re.IGNORECASE)


class PrintedError(ValueError):
    """Tables that cannot be read; the message says where and why."""


@dataclass(frozen=True)
class Place:
    """Where a row stands: file and line."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.line else self.file


@dataclass(frozen=True)
class Coefficient:
    """One printed coefficient with what stands in its parentheses.

    kind: what the parentheses hold, `se`, `t`, `p` or `unknown`. stars: marks as printed; None
    where they cannot be read. estimate and parenthesis are None where nothing readable is printed.
    """

    term: str
    estimate: Printed | None
    parenthesis: Printed | None
    kind: str
    stars: str | None
    estimate_text: str = ""
    parenthesis_text: str = ""
    stars_text: str = ""
    place: Place = field(default_factory=Place, compare=False)

    @cached_property
    def is_constant(self) -> bool:
        """Whether the term is the constant."""
        return same_name(self.term) in CONSTANTS

    @cached_property
    def is_derived(self) -> bool:
        """Whether the row is no regressor, but a product, a share or a test of two."""
        return any(p.search(self.term) for p in (SOBEL, SHARE, INDIRECT))


@dataclass(frozen=True)
class Declared:
    """What a table does not say in its cells, declared once; blank or None where it is not known.

    legend: level of each mark; own_legend: whether it is not taken over from an earlier table.
    sides: 1 or 2. errors: clustered, robust, conventional, bootstrap or permutation. cluster: what
    by, `unit` for the panel's units. df: degrees of freedom of the tests. n_controls: regressors
    that the column has and does not print. split: name of a partition of the sample that the
    column is a part of. draws: of a permutation test.
    """

    legend: Mapping[str, float] | None = None
    sides: int = 0
    errors: str = ""
    cluster: str = ""
    n_clusters: int | None = None
    n_units: int | None = None
    n_periods: int | None = None
    n_treated: int | None = None
    n_controls: int | None = None
    n_instruments: int | None = None
    df: float | None = None
    draws: int | None = None
    split: str = ""
    estimator: str = ""
    own_legend: bool = True


@dataclass(frozen=True)
class Column:
    """One column of a regression table.

    other_effects: whether it has effects beside those of units and periods, as of industries; they
    take parameters that nobody can count from print.
    """

    table_number: str
    column_number: str
    panel: str
    outcome: str
    coefficients: tuple[Coefficient, ...]
    n_obs: Printed | None = None
    r2: Printed | None = None
    r2_adj: Printed | None = None
    unit_effects: bool | None = None
    time_effects: bool | None = None
    controls: bool | None = None
    other_effects: bool = False
    f_stat: Printed | None = None
    title: str = ""
    heading: str = ""
    note: str = ""
    declared: Declared = field(default_factory=Declared)
    place: Place = field(default_factory=Place, compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """Table, panel and column."""
        return self.table_number, self.panel, self.column_number

    @property
    def name(self) -> str:
        """How a sentence names it: "Table 3, column 4"."""
        panel = f", panel {self.panel}" if self.panel else ""
        return f"Table {self.table_number}{panel}, column {self.column_number}"

    @property
    def name_zh(self) -> str:
        """How a Chinese sentence names it: 表3第4列."""
        panel = f"（{self.panel}）" if self.panel else ""
        return f"表{self.table_number}{panel}第{self.column_number}列"

    @cached_property
    def slopes(self) -> tuple[Coefficient, ...]:
        """The printed coefficients apart from the constant and from what follows from others."""
        return tuple(c for c in self.coefficients if not c.is_constant and not c.is_derived)

    @property
    def constant(self) -> Coefficient | None:
        """The printed constant."""
        return next((c for c in self.coefficients if c.is_constant), None)

    def of(self, term: str) -> Coefficient | None:
        """The coefficient of a term, whatever its capitals and spaces."""
        wanted = same_name(term)
        return next((c for c in self.coefficients if same_name(c.term) == wanted), None)

    def cell(self, what: str, term: str | None = None) -> Cell:
        """One of its cells."""
        return Cell(self.table_number, self.column_number, term, what, self.panel)


@dataclass(frozen=True)
class Descriptive:
    """A row of descriptive statistics.

    kind: `dummy` (0 or 1), `share` (between 0 and 1), `whole` (whole numbers), or "" where not
    declared.
    """

    table_number: str
    variable: str
    n_obs: Printed | None = None
    mean: Printed | None = None
    std_dev: Printed | None = None
    minimum: Printed | None = None
    maximum: Printed | None = None
    kind: str = ""
    place: Place = field(default_factory=Place, compare=False)

    def cell(self, what: str) -> Cell:
        """One of its cells."""
        return Cell(self.table_number, None, self.variable, what)

    def printed(self) -> Iterator[tuple[str, Printed]]:
        """The moments that are printed, by name."""
        for what in ("mean", "std_dev", "minimum", "maximum"):
            there: Printed | None = getattr(self, what)
            if there is not None:
                yield what, there


@dataclass(frozen=True)
class Paper:
    """The tables of one paper. unread: sentences on what could not be read."""

    name: str
    columns: tuple[Column, ...] = ()
    descriptives: tuple[Descriptive, ...] = ()
    unread: tuple[str, ...] = ()

    def described(self, variable: str) -> Descriptive | None:
        """The first row of descriptive statistics of a variable."""
        wanted = same_name(variable)
        return next((d for d in self.descriptives if same_name(d.variable) == wanted), None)
