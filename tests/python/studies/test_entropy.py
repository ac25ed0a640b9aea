"""Entropy weights and the index that the warehouse finds, against other programs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import skcriteria
from skcriteria.preprocessing.invert_objectives import NegateMinimize
from skcriteria.preprocessing.scalers import MinMaxScaler
from skcriteria.preprocessing.weighters import EntropyWeighter

from definitions_for_tests import definitions
from mini_profile import CONSTANT, WITH_ZEROS, MiniProfile
from warehouse import Rebuilt, Warehouse

pytestmark = pytest.mark.build

STUDIES = [
    ("mini", "province"),
    ("public", "province_public"),
    ("simulated", "city"),
    ("simulated", "province"),
]


@dataclass(frozen=True)
class Study:
    """What a warehouse has of one study.

    values: indicator values, a row per region and year with all of them, a column per indicator.
    signs: 1 or -1 by indicator. weights: marts.entropy_weights by indicator.
    normalised: as values. index: the series nqp of the panel, by region and year.
    """

    values: pd.DataFrame
    signs: pd.Series[int]
    weights: pd.DataFrame
    normalised: pd.DataFrame
    index: pd.Series[float]


def read_study(warehouse: Warehouse, study: str) -> Study:
    def wide(sql: str) -> pd.DataFrame:
        long = warehouse.frame(sql, [study])
        return long.pivot(index=["region_code", "year"], columns="id", values="value")

    values = wide("""
        select id, region_code, year, value from intermediate.defined_values
        where study = ? and role = 'indicator'
    """).dropna()
    normalised = wide("""
        select id, region_code, year, normalised as value from intermediate.normalised_indicators
        where study = ?
    """)
    weights = warehouse.frame(
        "select * from marts.entropy_weights where study = ?", [study]
    ).set_index("indicator")
    index = warehouse.frame(
        "select * from marts.panel_long where study = ? and variable_id = 'nqp'", [study]
    ).set_index(["region_code", "year"])["value"]
    return Study(
        values, weights["sign"].loc[values.columns], weights.loc[values.columns],
        normalised, index.sort_index(),
    )  # fmt: skip


@pytest.fixture(params=STUDIES, ids=[" ".join(case) for case in STUDIES])
def study(request: pytest.FixtureRequest) -> Study:
    warehouse, name = request.param
    return read_study(request.getfixturevalue(warehouse), name)


def test_against_scikit_criteria(study: Study) -> None:
    informative = study.values.columns[study.values.nunique() > 1]
    decision = skcriteria.mkdm(
        study.values[informative].to_numpy(),
        [max if sign > 0 else min for sign in study.signs[informative]],
        criteria=list(informative),
    )
    for step in (NegateMinimize(), MinMaxScaler("matrix"), EntropyWeighter()):
        decision = step.transform(decision)
    normalised = study.normalised.loc[study.values.index, informative]
    np.testing.assert_allclose(normalised, decision.matrix, rtol=0, atol=1e-12)
    weights = study.weights["weight"]
    np.testing.assert_allclose(weights[informative], decision.weights, rtol=1e-10)
    # A column that never changes has no information, and must not spoil the others.
    assert (weights.drop(informative) == 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    index = decision.matrix.to_numpy() @ decision.weights.to_numpy()
    np.testing.assert_allclose(study.index.loc[study.values.index], index, rtol=1e-10)


def numpy_weights(values: np.ndarray, signs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Entropies and weights from the formula: columns of ``values`` are indicators."""
    low, high = values.min(axis=0), values.max(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(signs > 0, values - low, high - values) / (high - low)
        p = x / x.sum(axis=0)
        terms = np.where(p > 0, p * np.log(p), 0.0)
    entropy = np.where(high > low, -terms.sum(axis=0) / np.log(len(values)), 1.0)
    return entropy, (1 - entropy) / (1 - entropy).sum()


def test_against_the_formula(study: Study) -> None:
    entropy, weights = numpy_weights(study.values.to_numpy(), study.signs.to_numpy())
    np.testing.assert_allclose(study.weights["entropy"], entropy, rtol=1e-12)
    np.testing.assert_allclose(study.weights["divergence"], 1 - entropy, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(study.weights["weight"], weights, rtol=1e-10, atol=1e-15)


def test_the_index_covers_exactly_the_rows_with_every_indicator(study: Study) -> None:
    assert study.index.index.equals(study.values.index)
    assert study.normalised.index.equals(study.values.index)


def test_the_formula_by_hand() -> None:
    """x' = (0, 1, 1, 0): p is 1/2 twice, e = ln 2 / ln 4; the other, negative, is (1, 1, 1, 0)."""
    entropy, weights = numpy_weights(
        np.array([[0.0, 1.0], [2.0, 1.0], [2.0, 1.0], [0.0, 5.0]]), np.array([1, -1])
    )
    assert entropy == pytest.approx([0.5, 0.79248125])  # ln 3 / ln 4
    assert weights == pytest.approx([0.5 / 0.70751875, 0.20751875 / 0.70751875])


# --- the random figures: what they must contain, and what the warehouse makes of them ----------


def test_the_random_figures_are_hard_enough(mini: Warehouse, mini_profile: MiniProfile) -> None:
    found = read_study(mini, "province")
    assert found.values.shape == (308, 26)
    assert (found.signs < 0).sum() == 3
    assert (mini_profile.province[WITH_ZEROS] == 0).sum() > 30
    assert mini_profile.province[CONSTANT].nunique() == 1


def test_a_constant_indicator_has_no_weight_and_says_so(mini: Warehouse) -> None:
    weights = read_study(mini, "province").weights
    constant = weights.loc["waste_rate"]
    assert (constant["weight"], constant["entropy"]) == (0, 1)
    assert "constant" in constant["warning"]
    others = weights.drop("waste_rate")
    assert (others["weight"] > 0).all() and others["warning"].isna().all()


def evaluate(expression: str, figures: pd.DataFrame) -> pd.Series[float]:
    """``a + b`` as the sum of columns."""
    return figures[[term.strip() for term in expression.split("+")]].sum(axis=1)


def test_indicators_and_variables_equal_their_definitions(
    mini: Warehouse, mini_profile: MiniProfile
) -> None:
    found = mini.frame("""
        select id, region_code, year, value, imputed from intermediate.defined_values
        where study = 'province'
    """)
    assert not found["imputed"].any()
    values = found.pivot(index=["region_code", "year"], columns="id", values="value")
    figures = mini_profile.province.loc[values.index]
    defined = pd.concat(
        [
            definitions("indicators").rename(columns={"indicator_id": "id"}),
            definitions("variables").rename(columns={"variable_id": "id"}),
        ]
    )
    defined = defined[defined["study"] == "province"].set_index("id")
    assert set(values.columns) == set(defined.index)
    for name, definition in defined.iterrows():
        expected = evaluate(definition["numerator"], figures) * float(definition["scale"])
        if definition["denominator"]:
            expected /= evaluate(definition["denominator"], figures)
        if definition["transform"] == "ln":
            expected = expected.map(math.log)
        np.testing.assert_allclose(values[name], expected, rtol=1e-12, err_msg=str(name))


def test_units_of_the_files_change_nothing(mini: Warehouse, rebuilt: Rebuilt) -> None:
    [(rows, same)] = rebuilt.warehouse.internal.execute("""
        select count(*), count(*) filter (m.unit = s.unit)
        from raw.manifest as m
        inner join definitions.series as s on m.series_id = s.series_id
        where m.level = 'province'
    """).fetchall()
    assert rows > 30 and same < rows / 4
    first, second = read_study(mini, "province"), read_study(rebuilt.warehouse, "province")
    np.testing.assert_allclose(second.values, first.values, rtol=1e-12)
    np.testing.assert_allclose(
        second.weights["weight"], first.weights["weight"], rtol=1e-10, atol=1e-15
    )
    np.testing.assert_allclose(second.index, first.index, rtol=1e-10)
    sql = """
        select spec_id, term, estimate, std_error, t_statistic, p_value
        from results.regression_coefficients order by all
    """
    ours, theirs = mini.frame(sql), rebuilt.warehouse.frame(sql)
    assert len(ours) > 50
    pd.testing.assert_frame_equal(ours, theirs, check_exact=False, rtol=1e-6)
