"""nqp.econometrics.index by hand, and against scikit-criteria."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skcriteria.preprocessing.weighters import critic_weights as their_critic
from skcriteria.preprocessing.weighters import entropy_weights as their_entropy

from nqp.econometrics.index import (
    CONVENTIONS,
    Indicators,
    critic_weights,
    entropy_weights,
    first_component,
    normalise,
    scores,
)
from nqp.econometrics.panels import Floats, NotEstimable
from panels_for_tests import close

# Two units in two years, 2014 and 2015; of the second indicator less is better.
#   bounds: a 0 … 4, b 1 … 5 -> a': 0, 1, 1/4, 3/4; b': (5 - b)/4: 1, 1/2, 0, 1/4.
VALUES = np.array([[0, 1], [4, 3], [1, 5], [3, 4]], dtype=float)
SIGNS = np.array([1.0, -1.0])
NORMAL = np.array([[0, 1], [1, 0.5], [0.25, 0], [0.75, 0.25]])
PERIODS = np.array([0, 1, 0, 1])


def given_values(values: Floats = VALUES, **change: Any) -> Indicators:
    arguments: dict[str, Any] = {
        "signs": SIGNS[: values.shape[1]], "periods": PERIODS, "before": PERIODS == 0,
        "names": tuple("ab")[: values.shape[1]],
    } | change  # fmt: skip
    return Indicators(values=values, **arguments)


def test_values_are_normalised_and_turned_round_by_hand() -> None:
    close(normalise(VALUES, SIGNS), NORMAL)
    # By the rows of the first year: a 0 … 1, b 1 … 5; what comes later may lie beyond.
    found = normalise(VALUES, SIGNS, VALUES[PERIODS == 0])
    close(found, [[0, 1], [4, 0.5], [1, 0], [3, 0.25]])
    constant = normalise(np.array([[2.0, 7], [2, 9]]), SIGNS)
    close(constant, [[0, 1], [0, 0]])


def test_entropy_weights_by_hand() -> None:
    """p of a: 0, 1/2, 1/8, 3/8; of b: 4/7, 2/7, 0, 1/7."""

    def entropy(*p: float) -> float:
        return -sum(x * math.log(x) for x in p) / math.log(4)

    d = np.array([1 - entropy(1 / 2, 1 / 8, 3 / 8), 1 - entropy(4 / 7, 2 / 7, 1 / 7)])
    close(entropy_weights(NORMAL), d / d.sum())
    assert entropy_weights(np.column_stack([NORMAL, np.zeros(4)]))[2] == 0
    assert entropy_weights(np.zeros((4, 2))).tolist() == [0, 0]


def test_critic_weights_by_hand() -> None:
    """Deviations of a' -1/2, 1/2, -1/4, 1/4; of b' 9/16, 1/16, -7/16, -3/16: square sums 5/8 and
    35/64, products -9/32 + 1/32 + 7/64 - 3/64 = -3/16. With two, each weighs as its spread."""
    spread = np.sqrt([5 / 8, 35 / 64])
    close(critic_weights(NORMAL), spread / spread.sum())
    # A third that is the first again conflicts with neither: 1 − 1 = 0 of that pair.
    r = -3 / 16 / np.sqrt(5 / 8 * 35 / 64)
    three = np.array([spread[0] * (1 - r), spread[1] * 2 * (1 - r), spread[0] * (1 - r)])
    found = critic_weights(NORMAL[:, [0, 1, 0]])
    close(found, three / three.sum())
    # One that does not vary says nothing.
    assert critic_weights(np.column_stack([NORMAL, np.full(4, 0.5)]))[2] == 0


def test_the_first_component_by_hand() -> None:
    """Of two that are correlated negatively, it is their difference; alike, their sum."""
    a, b = ((x - x.mean()) / x.std(ddof=1) for x in NORMAL.T)
    found = first_component(NORMAL)
    close(np.abs(found), np.abs(a - b) / np.sqrt(2))
    alike = np.column_stack([NORMAL[:, 0], 1 - NORMAL[:, 1]])
    close(first_component(alike), (a - b) / np.sqrt(2))
    with pytest.raises(NotEstimable, match="no indicator varies"):
        first_component(np.ones((4, 2)))


def test_each_convention_by_hand() -> None:
    found = scores(given_values())
    assert list(found) == [*CONVENTIONS, "entropy, without a", "entropy, without b"]
    close(found["entropy, pooled"], NORMAL @ entropy_weights(NORMAL))
    close(found["equal weights"], [0.5, 0.75, 0.125, 0.5])
    close(found["CRITIC"], NORMAL @ critic_weights(NORMAL))
    close(found["first principal component"], first_component(NORMAL))
    # With one indicator it is the index, and all weight is its own.
    close(found["entropy, without a"], NORMAL[:, 1])
    close(found["entropy, without b"], NORMAL[:, 0])
    # In 2014 a is 0, 1 and b 1, 5: a' is 0, 1 and b' 1, 0, so that both weigh a half.
    before = found["entropy, bounds and weights from the years before treatment"]
    close(before, [0.5, 2.25, 0.5, 1.625])
    # By these bounds a' is 0, 4, 1, 3 in all rows; either half of the convention alone.
    earlier = np.column_stack([[0, 4, 1, 3], NORMAL[:, 1]])
    bounds = found["entropy, bounds from the years before treatment"]
    close(bounds, earlier @ entropy_weights(NORMAL))
    close(found["entropy, weights from the years before treatment"], [0.5, 0.75, 0.125, 0.5])
    # By year: a' 0, 1 in 2014 and 1, 0 in 2015; b' 1, 0 and 1, 0. They weigh the same, too.
    close(found["entropy, bounds by year"], [0.5, 1, 0.5, 0])


def test_what_cannot_be_made_says_why() -> None:
    found = scores(given_values(before=np.zeros(4, dtype=bool)))
    for what in ("bounds and weights", "bounds", "weights"):
        late = f"entropy, {what} from the years before treatment"
        assert found.pop(late) == "no year precedes the first treatment"
    assert all(not isinstance(values, str) for values in found.values())
    constant = scores(given_values(np.ones((4, 2))))
    assert constant["first principal component"] == "no indicator varies"
    assert constant["CRITIC"] == "no two indicators vary, each in its own way"
    # Nothing is left out of one indicator, and it conflicts with no other.
    one = scores(given_values(VALUES[:, :1]))
    assert list(one) == list(CONVENTIONS)
    assert one["CRITIC"] == constant["CRITIC"]
    # Nor does one that moves as another does.
    for twice in (VALUES[:, [0, 0]], np.column_stack([VALUES[:, 0], np.ones(4)])):
        assert scores(given_values(twice, signs=np.ones(2)))["CRITIC"] == constant["CRITIC"]


matrices = st.integers(0, 10_000).map(
    lambda seed: np.random.default_rng(seed).uniform(0.01, 1, size=(12, 4))
)


@given(matrices)
def test_entropy_weights_are_those_of_scikit_criteria(x: Floats) -> None:
    close(entropy_weights(x), their_entropy(x), rel=1e-10)
    x[0], x[1] = 0.0, 1.0
    scaled = normalise(x, np.ones(4))
    close(entropy_weights(scaled), their_entropy(scaled), rel=1e-10)


@given(matrices)
def test_critic_weights_are_those_of_scikit_criteria(x: Floats) -> None:
    """Their spread divides by n, which cancels where the weights are scaled to one."""
    signs = np.array([1.0, -1, 1, -1])
    theirs = their_critic(x, objectives=signs)
    close(critic_weights(normalise(x, signs)), theirs, rel=1e-9)
