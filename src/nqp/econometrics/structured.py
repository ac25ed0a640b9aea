"""Many regressions on treatments that begin in whole groups of units, from sums by group.

A drawn treatment is the sum of the cells drawn: group j from period s on. What the regression needs
of a cell is its product with the outcome, its square sum and its products with the basis that
effects and controls span; what clustered standard errors need in addition is the basis' square
sums in each cluster. B draws are then a (B, cells) matrix times a few thin ones: the (N, B) matrix
of treatments is never made. The algebra is that of `nqp.econometrics.batch`, the estimates, t and
small-sample factors those of `nqp.econometrics.regression.fit`, weighted too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from nqp.econometrics.assignments import Assignment, Labels
from nqp.econometrics.cluster_design import ClusterDesign
from nqp.econometrics.panels import Codes, Floats, NotEstimable, is_nested

# A treatment is absorbed when less than this share of its square sum is left.
ABSORBED = 1e-11
CHUNK_CELLS = 2**16


@dataclass(frozen=True, eq=False)
class StructuredTreatment:
    """Sums by cell, cells ordered by cluster; C cells, G clusters, r directions.

    groups, starts: (C,) the group of each cell and the place of its start in `Assignment.starts`.
    product: (C,) with the outcome net of effects and controls. square: (C,) net of unit effects,
        `length` before. loading: (C, r) with the directions of effects and controls that matter.
    scores: (G, r) of the outcome on those directions. gram: (G, r(r + 1)/2) their square sums.
    first: (G,) the first cell of each cluster.
    factor: of the variance, as `ClusterDesign.small_sample_factor`. df: of the t distribution.
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
    factor: float
    df: int

    def regress(self, drawn: Labels) -> tuple[Floats, Floats]:
        """(B,) coefficients and (B,) t statistics of the assignments drawn, (B, groups).

        Both NaN where effects and controls absorb the drawn treatment.
        """
        estimates, std_errors = self.estimate(drawn)
        with np.errstate(divide="ignore", invalid="ignore"):
            return estimates, estimates / std_errors

    def estimate(self, drawn: Labels) -> tuple[Floats, Floats]:
        """(B,) coefficients and (B,) their standard errors, as `regress`."""
        width = max(1, CHUNK_CELLS // len(self.groups))
        parts = [
            self._estimate(drawn[first : first + width]) for first in range(0, len(drawn), width)
        ]
        estimates, std_errors = (np.concatenate(part) for part in zip(*parts, strict=True))
        return estimates, std_errors

    def _estimate(self, drawn: Labels) -> tuple[Floats, Floats]:
        cells = drawn if self._plain else drawn[:, self.groups]
        T = (cells == self.starts).astype(float)
        c = T @ self.loading
        sums = T @ self._sums
        squares = sums[:, 1] - np.einsum("br,br->b", c, c)
        squares[squares <= ABSORBED * sums[:, 2]] = np.nan
        estimate = sums[:, 0] / squares
        b = estimate[:, None]
        # Scores of the clusters: the drawn cells' own part, less that of the directions.
        own = c @ self.loading.T
        own *= 2 * b
        own -= b * self.square
        own += self.product
        own *= T
        scores = own if self._single else np.add.reduceat(own, self.first, axis=1)
        i, j = self._pairs
        scores -= np.hstack([c, b * (c[:, i] * c[:, j])]) @ self._cluster_sums
        norm = np.sqrt(self.factor * np.einsum("bg,bg->b", scores, scores))
        return estimate, norm / squares

    @cached_property
    def _plain(self) -> bool:
        return np.array_equal(self.groups, np.arange(len(self.groups)))

    @cached_property
    def _single(self) -> bool:
        return len(self.first) == len(self.groups)

    @cached_property
    def _sums(self) -> Floats:
        return np.column_stack([self.product, self.square, self.length])

    @cached_property
    def _pairs(self) -> tuple[Codes, Codes]:
        i, j = np.triu_indices(self.loading.shape[1])
        return i, j

    @cached_property
    def _cluster_sums(self) -> Floats:
        return np.ascontiguousarray(np.hstack([self.scores, self.gram]).T)


def structured_treatment(
    design: ClusterDesign, assignment: Assignment, term: str | None = None, time: str = "year"
) -> StructuredTreatment:
    """Prepare the regression for other assignments of one of its terms.

    design: its sample is that of the assignment, its clusters hold whole groups. term: the first
    treatment unless named; the rest of the regression stays as it is.

    Raises NotEstimable when the clusters cut through groups.
    """
    if not is_nested(assignment.groups, design.clusters) or not is_nested(
        assignment.units, assignment.groups
    ):
        raise NotEstimable(
            f"{design.spec.cluster} cuts through the groups that are drawn: clustered t statistics "
            "need clusters that hold them"
        )
    back = design.back[design.terms.index(term or design.terms[0])]
    direction = back / np.linalg.norm(back)
    weights, n = design.weights, len(design.weights)
    # The basis without the term: an orthonormal complement of its direction.
    others = design.basis @ linalg.null_space(direction[None, :])
    outcome = design.residuals + design.basis @ direction * float(direction @ design.coefficients)
    has_units = int(design.units.max()) > 0
    if not has_units:
        others = np.column_stack([others, np.full(n, 1 / np.sqrt(weights.sum()))])

    times = design.sample[time].to_numpy(dtype=float)
    delay = assignment.delay[assignment.units]
    clusters_of = np.zeros(assignment.n_groups, dtype=np.intp)
    clusters_of[assignment.groups] = design.clusters
    order = np.argsort(clusters_of, kind="stable")
    n_groups, n_starts = assignment.n_groups, len(assignment.starts)
    shape = (n_groups, n_starts)
    product, square, length = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    loading = np.zeros((*shape, others.shape[1]))
    weighted = weights[:, None] * others
    for s, start in enumerate(assignment.starts):
        rows = np.flatnonzero(times >= start + delay)
        groups = assignment.groups[rows]
        product[:, s] = np.bincount(groups, (weights * outcome)[rows], n_groups)
        length[:, s] = np.bincount(groups, weights[rows], n_groups)
        for k in range(others.shape[1]):
            loading[:, s, k] = np.bincount(groups, weighted[rows, k], n_groups)
        square[:, s] = length[:, s]
        if has_units:
            treated = np.bincount(design.units[rows], weights[rows], len(design.unit_totals))
            group_of = np.zeros(len(design.unit_totals), dtype=np.intp)
            group_of[design.units] = assignment.groups
            square[:, s] -= np.bincount(group_of, treated**2 / design.unit_totals, n_groups)

    # Only directions that some cell loads on move with the draws.
    cells = loading[order].reshape(-1, others.shape[1])
    _, lengths, turned = np.linalg.svd(cells, full_matrices=False)
    matter = turned[lengths > 1e-13 * max(lengths.max(initial=0), 1e-300)].T
    directions = others @ matter
    i, j = np.triu_indices(matter.shape[1])
    gram = design.by_cluster((weights[:, None] * directions[:, i]) * directions[:, j])
    present, first = np.unique(np.repeat(clusters_of[order], n_starts), return_index=True)
    if len(present) != design.n_clusters:
        raise NotEstimable(f"a {design.spec.cluster} of the sample holds no group")
    return StructuredTreatment(
        groups=np.repeat(order, n_starts).astype(np.int16),
        starts=np.tile(np.arange(n_starts), n_groups).astype(np.int16),
        product=product[order].ravel(),
        square=square[order].ravel(),
        length=length[order].ravel(),
        loading=cells @ matter,
        scores=design.by_cluster((weights * outcome)[:, None] * directions),
        gram=gram * np.where(i == j, 1.0, 2.0),
        first=first,
        factor=design.small_sample_factor,
        df=design.n_clusters - 1,
    )
