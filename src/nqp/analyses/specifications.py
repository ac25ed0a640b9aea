"""What every kind of analysis does with its specifications: read their cells, lay out its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionSpec

Row = Mapping[str, Any]


def estimated(
    specs: pd.DataFrame,
    key: str,
    estimate: Callable[[Row], pd.DataFrame],
    columns: tuple[str, ...],
) -> pd.DataFrame:
    """One table from all specifications, in the order of their ids; status and reason come last.

    key: the column of their ids. estimate: the rows of one of them. columns: those of the table;
    others that an estimate has follow them. What cannot be estimated is a row with its reason; so
    is a part of an estimate that cannot, which says why in a column ``why_not``.

    Raises ValueError, with the id in front, where a specification contradicts itself.
    """
    tables = []
    for row in rows_of(specs.sort_values(key)):
        try:
            table = estimate(row).assign(status="estimated", reason=None)
        except NotEstimable as error:
            table = pd.DataFrame({"status": ["not estimable"], "reason": [str(error)]})
        except ValueError as error:
            raise ValueError(f"{row[key]}: {error}") from error
        tables.append(table.assign(**{key: row[key]}))
    combined = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if "why_not" in combined:
        cannot = combined["why_not"].notna()
        combined["status"] = combined["status"].mask(cannot, "not estimable")
        combined["reason"] = combined["reason"].mask(cannot, combined.pop("why_not"))
    names = dict.fromkeys([key, *columns, *combined.columns])
    combined = combined.reindex(columns=[*(n for n in names if n not in STATUS), *STATUS])
    # DuckDB would make a column without a value an integer.
    blank = [name for name in combined if combined[name].isna().all()]
    return combined.astype(dict.fromkeys(blank, "string"))


STATUS = ("status", "reason")


def regression_spec(row: Row) -> RegressionSpec:
    """The estimator's part of a row of ``regression_specs``; lists are written ``a + b``."""
    return RegressionSpec(
        outcome=row["outcome"],
        treatment=names(row["treatment"]),
        controls=names(row["controls"]),
        unit_effects=bool(row["unit_effects"]),
        time_effects=bool(row["time_effects"]),
        vcov=row["vcov"],
        cluster=text(row["cluster"]) or None,
        constant=row["constant"],
        singletons="drop" if row.get("singletons") == "drop" else "keep",
        group_periods=text(row.get("group_year_effects")) or None,
        second_cluster=text(row.get("second_cluster")) or None,
    )


def rows_of(specs: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Each specification as a mapping from column to cell."""
    return (dict(row) for _, row in specs.iterrows())


def by_id(specs: pd.DataFrame, key: str) -> dict[str, Row]:
    """The specifications by their ids."""
    return {row[key]: row for row in rows_of(specs)}


def policies_of(studies: pd.DataFrame) -> dict[str, str]:
    """The policy of each study."""
    return dict(zip(studies["study"], studies["policy"], strict=True))


def two_way_of_policy(specs: pd.DataFrame, studies: pd.DataFrame) -> list[bool]:
    """Which specifications are a two-way coefficient of the study's policy: it and no other
    treatment, with effects of units and of years."""
    policies = policies_of(studies)
    return [
        names(row["treatment"]) == (policies[row["study"]],)
        and bool(row["unit_effects"])
        and bool(row["time_effects"])
        for row in rows_of(specs)
    ]


def names(cell: object) -> tuple[str, ...]:
    """The names in a cell written ``a + b``."""
    return tuple(name.strip() for name in text(cell).split("+") if name.strip())


def text(cell: object) -> str:
    """The cell as text, '' where it is blank."""
    return "" if cell is None or pd.isna(cell) else str(cell)  # type: ignore[call-overload]


def decimal(cell: object) -> float | None:
    """The cell as a number, None where it is blank."""
    return float(found) if (found := text(cell)) else None


def whole(cell: object) -> int | None:
    """The cell as a whole number, None where it is blank."""
    return None if (found := decimal(cell)) is None else int(found)


def first_treated(rows: pd.DataFrame) -> dict[Any, int]:
    """First treated year by unit, of the units that are treated within the rows."""
    treated = rows.dropna(subset=["first_treated_year"]).drop_duplicates("region_code")
    return dict(zip(treated["region_code"], treated["first_treated_year"].astype(int), strict=True))
