"""Many regressions on treatments that begin in whole groups of units, from sums by group.

A drawn treatment is the sum of the cells drawn: group j from period s on. What the regression needs
of a cell is its product with the outcome, its square sum and its products with the basis that
effects and controls span; what clustered standard errors need in addition is the basis' square
sums in each cluster. B draws are then a (B, cells) matrix times a few thin ones: the (N, B) matrix
of treatments is never made. By the theorem of Frisch, Waugh and Lovell the coefficient is the ratio
of the treatment's product with what effects and controls leave of the outcome to what they leave of
its own square sum; estimates, t and small-sample factors are those of
`nqp.econometrics.regression.fit`, weighted too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from scipy import linalg

from nqp.econometrics.assignments import Assignment, Labels
from nqp.econometrics.cluster_design import ClusterDesign
from nqp.econometrics.covariance import Counts
from nqp.econometrics.panels import Codes, Floats, NotEstimable, is_nested
from nqp.econometrics.regression import EXACT

# Nothing is left of a square sum when it is less than this share of what it was.
ABSORBED = 1e-11
CHUNK_CELLS = 2**15


@dataclass(frozen=True, eq=False)
class StructuredTreatment:
    """Sums by cell, cells ordered by cluster; C cells, G clusters, r directions.

    A cell is the rows of a group and cluster from a start on. Sums are weighted, and net of the
    unit effects.

    groups, starts: (C,) the group of each cell and the place of its start in `Assignment.starts`.
    product: (C,) with the outcome net of effects and controls. square: (C,) of the cell's dummy,
        `length` before the unit effects. loading: (C, r) with the directions of effects and
        controls that matter.
    scores: (G, r) of the outcome on those directions. gram: (G, r(r + 1)/2) their square sums.
    first: (G,) the first cell of each cluster.
    total: square sum of the outcome net of effects and controls. scale: root mean square of the
        outcome.
    counts: what factor and degrees of freedom are made of; without clusters the standard errors are
        conventional.
    """

    groups: Labels
    starts: Labels
    product: Floats
    square: Floats
    length: Floats
    loading: Floats
    scores: Floats
    gram: Floats
    first: Codes
    total: float
    scale: float
    counts: Counts

    def regress(self, drawn: Labels) -> tuple[Floats, Floats]:
        """(B,) coefficients and (B,) t statistics of the assignments drawn, (B, groups).

        As `estimate`; the t statistic is NaN where the standard error is.
        """
        estimates, std_errors = self.estimate(drawn)
        with np.errstate(divide="ignore", invalid="ignore"):
            return estimates, estimates / std_errors

    def estimate(self, drawn: Labels) -> tuple[Floats, Floats]:
        """(B,) coefficients and (B,) their standard errors, of assignments drawn, (B, groups).

        Both NaN where effects and controls absorb the drawn treatment; the standard error NaN where
        it fits the outcome exactly.
        """
        width = max(1, CHUNK_CELLS // len(self.groups))
        parts = [
            self._estimate(drawn[first : first + width]) for first in range(0, len(drawn), width)
        ]
        estimates, std_errors = (np.concatenate(part) for part in zip(*parts, strict=True))
        return estimates, std_errors

    def _estimate(self, drawn: Labels) -> tuple[Floats, Floats]:
        cells = drawn if self._plain else drawn[:, self.groups]
        T = (cells == self.starts).astype(float)
        added = T @ self._sums
        products, whole, c = added[:, 0], added[:, 2], added[:, 3:]
        squares = added[:, 1] - np.einsum("br,br->b", c, c)
        squares[squares <= ABSORBED * whole] = np.nan
        estimate = products / squares
        if self.counts.n_clusters is None:
            left = self.total - estimate**2 * squares
            left[left <= ABSORBED * self.total] = np.nan
            return estimate, np.sqrt(self.counts.factor * left / squares)
        b = estimate[:, None]
        # Scores of the clusters: the drawn cells' own part, less that of the directions.
        own = np.hstack([np.ones_like(b), -b, 2 * b * c]) @ self._own
        own *= T
        scores = own if self._single else np.add.reduceat(own, self.first, axis=1)
        i, j = self._pairs
        scores -= np.hstack([c, b * (c[:, i] * c[:, j])]) @ self._cluster_sums
        norm = np.sqrt(self.counts.factor * np.einsum("bg,bg->b", scores, scores))
        norm[norm <= EXACT * self.scale * np.sqrt(squares)] = np.nan
        return estimate, norm / squares

    @cached_property
    def _plain(self) -> bool:
        return np.array_equal(self.groups, np.arange(len(self.groups)))

    @cached_property
    def _single(self) -> bool:
        return len(self.first) == len(self.groups)

    @cached_property
    def _sums(self) -> Floats:
        return np.column_stack([self.product, self.square, self.length, self.loading])

    @cached_property
    def _own(self) -> Floats:
        return np.ascontiguousarray(np.column_stack([self.product, self.square, self.loading]).T)

    @cached_property
    def _pairs(self) -> tuple[Codes, Codes]:
        i, j = np.triu_indices(self.loading.shape[1])
        return i, j

    @cached_property
    def _cluster_sums(self) -> Floats:
        return np.ascontiguousarray(np.hstack([self.scores, self.gram]).T)


def structured_treatment(
    design: ClusterDesign,
    assignment: Assignment,
    term: str | None = None,
    time: str = "year",
    vcov: Literal["clustered", "conventional"] = "clustered",
) -> StructuredTreatment:
    """Prepare the regression for other assignments of one of its terms.

    design: its sample is that of the assignment. term: the first treatment unless named; the rest
    of the regression stays as it is. vcov: with conventional standard errors the design's clusters
    play no part.

    Raises NotEstimable when groups or clusters cut through units.
    """
    for holder, name in ((assignment.groups, "what is drawn"), (design.clusters, "a cluster")):
        if not is_nested(assignment.units, holder):
            raise NotEstimable(
                f"{name} cuts through units: draws whose standard errors are clustered by "
                f"{design.spec.cluster} need groups and clusters that hold whole units"
            )
    back = design.back[design.terms.index(term or design.terms[0])]
    direction = back / np.linalg.norm(back)
    weights, n = design.weights, len(design.weights)
    # The basis without the term, a row for each direction: a complement of the term's.
    others = linalg.null_space(direction[None, :]).T @ design.basis.T
    along = float(direction @ design.coefficients)
    outcome = design.residuals + design.basis @ direction * along
    raw = design.sample[design.spec.outcome].to_numpy(dtype=float)
    has_units = int(design.units.max()) > 0
    if not has_units:
        others = np.vstack([others, np.full(n, 1 / np.sqrt(weights.sum()))])

    times = design.sample[time].to_numpy(dtype=float)
    begins = assignment.starts + assignment.delay[assignment.units, None]
    blocks, block = np.unique(
        design.clusters * assignment.n_groups + assignment.groups, return_inverse=True
    )
    of_cluster, of_group = np.divmod(blocks, assignment.n_groups)
    n_blocks, n_starts = len(blocks), len(assignment.starts)
    products = weights * np.vstack([np.ones(n), outcome, others])
    found = np.empty((len(products), n_blocks, n_starts))
    square = np.empty((n_blocks, n_starts))
    block_of_unit = np.zeros(int(design.units.max()) + 1, dtype=np.intp)
    block_of_unit[design.units] = block
    for s in range(n_starts):
        treated = times >= begins[:, s]
        for column, into in zip(products, found, strict=True):
            into[:, s] = np.bincount(block, column * treated, n_blocks)
        square[:, s] = found[0, :, s]
        if has_units:
            of_unit = np.bincount(design.units, weights * treated)
            square[:, s] -= np.bincount(block_of_unit, of_unit**2 / design.unit_totals, n_blocks)

    # Only directions that some cell loads on move with the draws.
    length, product, *cells = (column.ravel() for column in found)
    turned, lengths, _ = np.linalg.svd(np.array(cells), full_matrices=False)
    matter = turned[:, lengths > 1e-13 * max(lengths.max(initial=0), 1e-300)].T
    directions = matter @ others
    weighted = weights * directions
    pairs = [
        (1.0 if i == j else 2.0) * weighted[i] * directions[j]
        for i, j in zip(*np.triu_indices(len(matter)), strict=True)
    ]
    counts = design.counts if vcov == "clustered" else replace(design.counts, n_clusters=None)
    return StructuredTreatment(
        groups=np.repeat(of_group, n_starts).astype(np.int16),
        starts=np.tile(np.arange(n_starts), n_blocks).astype(np.int16),
        product=product,
        square=square.ravel(),
        length=length,
        loading=(matter @ np.array(cells)).T,
        scores=_by_level(design.clusters, weighted * outcome),
        gram=_by_level(design.clusters, pairs),
        first=np.searchsorted(of_cluster, np.arange(design.n_clusters)) * n_starts,
        total=float(np.sum(weights * outcome**2)),
        scale=float(np.sqrt(np.mean(weights * raw**2))),
        counts=counts,
    )


def _by_level(levels: Codes, rows: Iterable[Floats]) -> Floats:
    """(levels, len(rows)) sums of each row by level."""
    n_levels = int(levels.max()) + 1
    found = [np.bincount(levels, row, n_levels) for row in rows]
    added: Floats = np.array(found, dtype=float).reshape(-1, n_levels).T
    return added
