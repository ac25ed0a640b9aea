"""Who is treated from when, and the other ways in which it might have been drawn.

A treatment is assigned to groups: units themselves, or provinces and the like that hold whole
units. What is redrawn is which group begins when; the numbers that begin at each time stay as they
are, within each stratum where strata are given. A group drawn to begin at s is treated as a whole
if it was never treated; if it was, its units follow their own pattern: a unit that began k periods
after its group's first begins at s + k, and one that was never treated stays so. Drawing a group's
own first period thus gives back what happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import comb, prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqp.econometrics.panels import Codes, Floats, NotEstimable, codes
from nqp.econometrics.streams import words

Labels = NDArray[np.int16]

# Below every position in the list of starts.
NEVER = -1
CHUNK_CELLS = 2**20
# Draws come in chunks that stay in the processor's cache until they are estimated.
DRAWN_CELLS = 2**15
# No list longer than this is enumerated on request.
LONGEST = 10**8


@dataclass(frozen=True, eq=False)
class Assignment:
    """The actual assignment of n groups, and its strata; N rows of a sample, M units.

    groups: (N,) codes. labels: (n,) names of the groups. units: (N,) codes.
    starts: (S,) the first treated periods that occur, ascending.
    actual: (n,) the position in `starts` of each group's first treated period, NEVER without one.
    delay: (M,) periods by which a unit begins after its group, infinite for one left out of it.
    strata: (n,) codes, all zero without strata.
    """

    groups: Codes
    labels: tuple[str, ...]
    units: Codes
    starts: Floats
    actual: Labels
    delay: Floats
    strata: Codes

    @property
    def n_groups(self) -> int:
        return len(self.labels)

    @property
    def n_treated(self) -> int:
        return int(np.sum(self.actual != NEVER))

    @cached_property
    def number(self) -> int:
        """How many assignments there are, the actual one among them."""
        return prod(_count(labels) for _, labels in self._by_stratum)

    @cached_property
    def _by_stratum(self) -> list[tuple[Codes, Labels]]:
        """The groups of each stratum, and what is dealt out among them."""
        members = [np.flatnonzero(self.strata == s) for s in range(int(self.strata.max()) + 1)]
        return [(group, np.sort(self.actual[group])) for group in members]

    def all(self) -> Iterator[Labels]:
        """Every assignment once, as chunks of (draws, n)."""
        width = max(1, CHUNK_CELLS // self.n_groups)
        for first in range(0, self.number, width):
            ranks = np.arange(first, min(first + width, self.number))
            drawn = np.empty((len(ranks), self.n_groups), dtype=np.int16)
            for group, labels in self._by_stratum:
                size = _count(labels)
                drawn[:, group] = _unrank(ranks % size, labels)
                ranks = ranks // size
            yield drawn

    def draw(self, draws: int, seed: int) -> Iterator[Labels]:
        """Assignments at random, as chunks of (draws, n); the k-th depends on seed and k alone."""
        n = self.n_groups
        width = max(1, DRAWN_CELLS // n)
        for first in range(0, draws, width):
            # A word of the stream is two keys.
            pairs = words(seed, first, min(width, draws - first), -(-n // 2))
            keys = pairs.view(np.uint32)[:, :n]
            if len(self._by_stratum) == 1:
                yield _dealt(keys, self._by_stratum[0][1])
                continue
            drawn = np.empty(keys.shape, dtype=np.int16)
            for group, labels in self._by_stratum:
                drawn[:, group] = _dealt(keys[:, group], labels)
            yield drawn


def observed_assignment(
    panel: pd.DataFrame,
    sample: pd.DataFrame,
    treatment: str,
    group: str,
    first_treated: Mapping[Any, int] | None = None,
    strata: str | None = None,
    unit: str = "region_code",
    time: str = "year",
) -> Assignment:
    """Read off a panel which groups were treated from when.

    sample: the rows of the regression, ordered, a subset of the panel's. treatment: its column of 0
        and 1. group, strata: columns of the panel, the same in all rows of a unit and of a group.
    first_treated: first treated period by unit, where the panel lacks rows that would show it;
        otherwise that of the unit's first row with a 1.

    Raises NotEstimable when the treatment is not one that begins and stays, when a unit or group
    straddles what should hold it, when no other assignment exists, ValueError without a column.
    """
    absent = [name for name in (group, strata) if name is not None and name not in panel.columns]
    if absent:
        raise ValueError(f"the panel has no column {', '.join(absent)}")
    units, names = pd.factorize(sample[unit], sort=True)
    if first_treated is None:
        began = panel[panel[treatment] == 1].groupby(unit)[time].min()
    else:
        began = pd.Series(dict(first_treated), dtype=float)
    unit_start = began.reindex(names).fillna(np.inf).to_numpy(dtype=float)
    if not np.array_equal(
        sample[treatment].to_numpy(dtype=float), sample[time].to_numpy() >= unit_start[units]
    ):
        raise NotEstimable(
            f"{treatment} is not 0 until a {unit} is first treated and 1 from then on, so that "
            "there is no assignment to draw again"
        )
    unit_group = _held_by(panel, group, unit, names)
    groups, labels = pd.factorize(unit_group, sort=True)
    start = np.full(len(labels), np.inf)
    np.minimum.at(start, groups, unit_start)
    starts = np.unique(start[np.isfinite(start)])
    # A group that was never treated would be treated as a whole.
    ever = np.isfinite(start[groups])
    delay = np.zeros(len(names))
    delay[ever] = unit_start[ever] - start[groups][ever]
    actual = np.where(np.isfinite(start), np.searchsorted(starts, start), NEVER).astype(np.int16)
    layers = np.zeros(len(labels), dtype=np.intp)
    if strata is not None:
        layers = codes(_held_by(panel, strata, group, labels))
    assignment = Assignment(
        np.asarray(groups, dtype=np.intp)[units],
        tuple(map(str, labels)),
        np.asarray(units, dtype=np.intp),
        starts,
        actual,
        delay,
        layers,
    )
    if assignment.number == 1:
        within = f" within {strata}" if strata else ""
        raise NotEstimable(
            f"no other assignment of {assignment.n_treated} treated {group} exists{within}: "
            "all or none of them are treated"
        )
    return assignment


def _held_by(panel: pd.DataFrame, holder: str, held: str, names: Any) -> pd.Series[Any]:
    """The holder of each name, one label each."""
    if holder == held:
        return pd.Series(names, index=names)
    pairs = panel.loc[panel[held].isin(names), [held, holder]].drop_duplicates()
    several = pairs[pairs.duplicated(held)]
    if not several.empty:
        raise NotEstimable(f"{held} {several[held].iloc[0]} lies in more than one {holder}")
    found = pairs.set_index(held)[holder].reindex(names)
    if found.isna().any():
        raise NotEstimable(f"{held} {found.index[found.isna()][0]} has no {holder}")
    return found


def _count(labels: Labels) -> int:
    """Ways of dealing out labels, some of them alike."""
    left, ways = len(labels), 1
    for size in np.unique(labels, return_counts=True)[1]:
        ways *= comb(left, int(size))
        left -= int(size)
    return ways


def _dealt(keys: NDArray[np.uint32], labels: Labels) -> Labels:
    """(draws, n) the labels, ascending, in the descending order of random keys.

    Of equal keys the first counts as the lowest.
    """
    values, sizes = np.unique(labels, return_counts=True)
    if len(values) == 1:
        return np.broadcast_to(labels, keys.shape)
    if len(values) == 2:
        last = np.partition(keys, sizes[1] - 1, axis=1)[:, sizes[1] - 1 : sizes[1]]
        low = keys <= last
        dealt: Labels = np.where(low, values[1], values[0])
        if np.count_nonzero(low) > len(keys) * sizes[1]:  # the last key occurs twice
            tied = np.count_nonzero(low, axis=1) > sizes[1]
            dealt[tied] = _sorted_out(keys[tied], labels)
        return dealt
    return _sorted_out(keys, labels)


def _sorted_out(keys: NDArray[np.uint32], labels: Labels) -> Labels:
    """As `_dealt`, by sorting."""
    dealt = np.empty(keys.shape, dtype=np.int16)
    order = np.argsort(keys, axis=1, kind="stable")
    np.put_along_axis(dealt, order, labels[None, ::-1], axis=1)
    return dealt


def _unrank(ranks: NDArray[np.int64], labels: Labels) -> Labels:
    """(draws, n) the arrangements of the labels with these numbers."""
    values, sizes = np.unique(labels, return_counts=True)
    n, draws = len(labels), len(ranks)
    dealt = np.full((draws, n), values[0], dtype=np.int16)
    free = np.ones((draws, n), dtype=bool)
    for value, size in zip(values[:0:-1], sizes[:0:-1], strict=True):
        left = int(free[0].sum())
        ways = comb(left, int(size))
        chosen = _combinations(ranks % ways, left, int(size))
        ranks = ranks // ways
        positions = np.nonzero(free)[1].reshape(draws, left)
        rows, columns = np.nonzero(chosen)
        dealt[rows, positions[rows, columns]] = value
        free[rows, positions[rows, columns]] = False
    return dealt


def _combinations(ranks: NDArray[np.int64], n: int, m: int) -> NDArray[np.bool_]:
    """(draws, n) the m-subsets of n with these numbers, in lexicographic order."""
    if m > n - m:  # so that no table entry exceeds their number
        return ~_combinations(ranks, n, n - m)
    table = np.array([[comb(i, j) for j in range(m + 1)] for i in range(n)], dtype=np.int64)
    ranks, left = ranks.copy(), np.full(len(ranks), m)
    chosen = np.zeros((n, len(ranks)), dtype=bool)
    for position in range(n):
        with_it = np.where(left > 0, table[n - 1 - position, np.maximum(left - 1, 0)], 0)
        take = ranks < with_it
        chosen[position] = take
        ranks -= np.where(take, 0, with_it)
        left -= take
    return chosen.T
