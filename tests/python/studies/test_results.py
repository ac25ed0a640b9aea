"""The result tables of both profiles against estimates made a second way from the marts.

Frames are read from marts.panel_* by SQL and cut by pandas; pyfixest and statsmodels fit them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyfixest
import pytest
import statsmodels.api as sm
from scipy import stats

from definitions_for_tests import definitions
from warehouse import ROOT, Warehouse

pytestmark = [
    pytest.mark.build,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyfixest"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),  # within pyfixest
]

PAPERS = ("city", "province")
KEYS = ["region_code", "year"]
FIGURES = ["estimate", "std_error", "t_statistic", "p_value"]
FIRST_TREATED = 2016
TOLERANCE = 1e-8


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a list of definitions, every cell as text."""
    frame = definitions(name)
    return [{str(k): str(v) for k, v in row.items()} for row in frame.to_dict("records")]


Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SPECS = {row["spec_id"]: row for row in seed("regression_specs")}
MATCHINGS = {row["matching_id"]: row for row in seed("matching_specs")}
STUDIES = {row["study"]: row for row in seed("studies")}
PUBLIC = [name for name, row in STUDIES.items() if row["profiles"] == "public"]


def told_of(study: str, column: str) -> str:
    """What a study says of itself, or the one that it extends."""
    own, base = STUDIES[study][column], STUDIES[study]["extends"]
    return own or (told_of(base, column) if base else "")


def policy_of(study: str) -> str:
    return told_of(study, "policy")


# Adoption in several years is compared in test_real_studies.
AT_ONCE = [study for study in PUBLIC if policy_of(study) == "bdpz"]


def of(studies: Sequence[str], name: str, key: str, **only: str) -> list[str]:
    """Ids of a seed's rows that belong to the studies."""
    return [
        row[key]
        for row in seed(name)
        if row["study"] in studies and all(row[column] == value for column, value in only.items())
    ]


def records(warehouse: Warehouse, sql: str, parameters: object = None) -> list[dict[str, Any]]:
    """Rows of a query as dictionaries; blanks are None."""
    cursor = warehouse.published.execute(sql, parameters)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def close(actual: Any, expected: Any, rel: float = TOLERANCE, absolute: float = 0.0) -> None:
    np.testing.assert_allclose(
        np.asarray(actual, dtype=float), np.asarray(expected, dtype=float), rtol=rel, atol=absolute
    )


def keys_of_draw(k: int, main_seed: int, n: int) -> npt.NDArray[np.uint32]:
    """One key for each of n: two to a word of a Philox stream, of which draw k has its own words.

    The generator makes four words at each count.
    """
    width = -(-n // 2)
    counts = -(-width // 4)
    own = np.random.SeedSequence(main_seed, spawn_key=(width,)).generate_state(2, np.uint64)
    raw = np.random.Philox(key=own).advance(k * counts).random_raw(counts * 4)
    return np.asarray(raw, dtype=np.uint64).view(np.uint32)[:n]


# --- estimates made a second way -----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Fit:
    """One regression by another program.

    table: by term, FIGURES. covariance: by term, both ways. df: of its t distribution.
    r2, r2_adj: effects count as explained, and as parameters. r2_within: of what they leave.
    """

    table: pd.DataFrame
    covariance: pd.DataFrame
    df: int
    n_obs: int
    r2: float
    r2_adj: float
    r2_within: float


def within(rows: pd.DataFrame, spec: dict[str, str], outcome: str, r2: float) -> float:
    """Share of what the effects leave of the outcome, from the share of all."""
    effects = [key for key, switch in zip(KEYS, ("unit_effects", "time_effects"), strict=True)
               if spec[switch] == "true"]  # fmt: skip
    dummies = [pd.get_dummies(rows[key], drop_first=True, dtype=float) for key in effects]
    design = np.column_stack([np.ones(len(rows)), *dummies])
    y = rows[outcome].to_numpy(dtype=float)
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(1 - (1 - r2) * ((y - y.mean()) ** 2).sum() / (left**2).sum())


def without_singletons(rows: pd.DataFrame, effects: Sequence[str]) -> pd.DataFrame:
    """By counting what is left, until every unit and year that has an effect has two rows."""
    while True:
        few = [rows.groupby(key)["year"].transform("size") < 2 for key in effects]
        alone = np.logical_or.reduce(few) if few else np.zeros(len(rows), dtype=bool)
        if not alone.any():
            return rows
        rows = rows[~alone]


def fit(rows: pd.DataFrame, spec: dict[str, str], outcome: str, regressors: list[str]) -> Fit:
    if spec["vcov"] == "clustered":
        return fit_clustered(rows, spec, outcome, regressors)
    return fit_with_dummies(rows, spec, outcome, regressors)


def fit_clustered(
    rows: pd.DataFrame, spec: dict[str, str], outcome: str, regressors: list[str]
) -> Fit:
    """pyfixest with unit effects and period dummies, the form that counts parameters as reghdfe."""
    effects = [spec["unit_effects"] == "true", spec["time_effects"] == "true"]
    formula = f"{outcome} ~ {' + '.join(regressors)}"
    formula += " + C(year)" * effects[1] + " | region_code" * effects[0]
    cluster = spec["cluster"]
    result = pyfixest.feols(formula, rows, vcov={"CRV1": cluster}, fixef_rm="none")
    names = {"Estimate": "estimate", "Std. Error": "std_error", "t value": "t_statistic"}
    table = result.tidy()[list(names)].rename(columns=names)
    df = rows[cluster].nunique() - 1
    # Not pyfixest's own: it takes p from 1 - cdf, which has no digits left where p is small.
    table["p_value"] = 2 * stats.t.sf(table["t_statistic"].abs(), df)
    n, levels = len(rows), [rows[name].nunique() - 1 for name in KEYS]
    parameters = len(regressors) + 1 + sum(np.array(levels)[effects])
    coefs = table["estimate"][regressors]
    constant = rows[outcome].mean() - rows[regressors].mean() @ coefs
    if "Intercept" not in table.index:
        table.loc["_cons", "estimate"] = constant
    covariance = pd.DataFrame(result._vcov, result._coefnames, result._coefnames)
    return Fit(
        table.rename(index={"Intercept": "_cons"}),
        covariance,
        df,
        n,
        float(result._r2),
        1 - (1 - float(result._r2)) * (n - 1) / (n - int(parameters)),
        within(rows, spec, outcome, float(result._r2)),
    )


def fit_with_dummies(
    rows: pd.DataFrame, spec: dict[str, str], outcome: str, regressors: list[str]
) -> Fit:
    """statsmodels on dummies with conventional errors, base the first unit and year."""
    design = rows[regressors].astype(float)
    # A power of two changes no digit and keeps the problem well conditioned.
    scale = 2.0 ** np.round(np.log2(design.abs().max()))
    columns = [design / scale]
    for key, switch in zip(KEYS, ("unit_effects", "time_effects"), strict=True):
        if spec[switch] == "true":
            columns.append(pd.get_dummies(rows[key], prefix=key, drop_first=True, dtype=float))
    full = pd.concat(columns, axis=1).assign(_cons=1.0)
    result = sm.OLS(rows[outcome], full).fit(method="qr")
    scale = scale.reindex(full.columns, fill_value=1.0)
    table = pd.DataFrame(
        {
            "estimate": result.params / scale,
            "std_error": result.bse / scale,
            "t_statistic": result.tvalues,
            "p_value": result.pvalues,
        }
    )
    covariance = result.cov_params() / np.outer(scale, scale)
    return Fit(
        table, covariance, int(result.df_resid), len(rows), result.rsquared, result.rsquared_adj,
        within(rows, spec, outcome, result.rsquared),
    )  # fmt: skip


def winsorise(values: pd.Series[float], lower: float, upper: float) -> pd.Series[float]:
    """By Stata's percentile, which numpy calls averaged_inverted_cdf."""
    limits = np.quantile(values, [lower, upper], method="averaged_inverted_cdf")
    return values.clip(*limits)


def shares(own: Floats, others: Floats, row: dict[str, str]) -> Floats:
    """(own, others) parts that each of `own` gives away among `others`; rows sum to 1 or 0."""
    distance = np.abs(own[:, None] - others[None, :])
    if row["method"] == "kernel":
        given = np.maximum(1 - (distance / float(row["bandwidth"])) ** 2, 0)
    else:
        assert row["ties"] == "true"
        reach = np.sort(distance, axis=1)[:, int(row["neighbours"]) - 1]
        given = (distance <= reach[:, None]) * 1.0
    total = given.sum(axis=1, keepdims=True)
    parts: Floats = np.divide(given, total, out=np.zeros_like(given), where=total > 0)
    return parts


def weigh(score: Floats, treated: Flags, row: dict[str, str]) -> tuple[Floats, Flags]:
    """Weight and support of rows with a score, all pairs of distances at hand."""
    assert (row["common_support"], row["caliper"]) == ("true", "")
    sides = {True: score[treated], False: score[~treated]}
    both = row["direction"] == "both"
    inside = np.ones(len(score), dtype=bool)
    for side in (True, False)[: 1 + both]:
        limits = sides[not side].min(), sides[not side].max()
        inside[treated == side] = (sides[side] >= limits[0]) & (sides[side] <= limits[1])
    weight = np.zeros(len(score))
    support = inside.copy()
    for side in (True, False)[: 1 + both]:
        own, others = inside & (treated == side), inside & (treated != side)
        given = shares(score[own], score[others], row)
        weight[others] += given.sum(axis=0)
        support[own] = given.any(axis=1)
    if not both:
        weight[treated] = support[treated]
    return weight, support


class Second:
    """A profile's warehouse and the estimates made from its marts apart from its own."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.panel = cache(self._panel)
        self.extended_panel = cache(partial(self._panel, kind="extended_panel"))
        self.fit = cache(self._fit)

    def _panel(self, study: str, kind: str = "panel") -> pd.DataFrame:
        """Rows of a study, with the first treated year of its units as far as the policy tells."""
        table = f"marts.{kind}_{study}"
        panel = self.warehouse.frame(
            f"select * from {table} where study = ? order by region_code, year", [study]
        )
        started = panel[panel[policy_of(study)] == 1].groupby("region_code")["year"].min()
        return panel.assign(
            started=panel["region_code"].map(started),
            province_code=panel["region_code"].str[:2] + "0000",
        )

    def members(self, spec: dict[str, str]) -> set[str]:
        rows = self.warehouse.rows(
            "select region_code from definitions.groupings"
            " where level = ? and grouping = ? and group_id = ?",
            [told_of(spec["study"], "level"), spec["grouping"], spec["group_id"]],
        )
        return {code for (code,) in rows}

    def left_out(self, spec: dict[str, str]) -> set[str]:
        """The units of the groups that a specification leaves out."""
        found: set[str] = set()
        for term in filter(None, spec["leave_out"].split(" + ")):
            grouping, group = term.split("=")
            if grouping == "neighbours":
                panel = self.panel(spec["study"])
                treated = set(panel.loc[panel["started"].notna(), "region_code"])
                pairs = self.warehouse.rows(
                    "select region_code, neighbour_code from definitions.neighbours"
                )
                both = {*pairs, *((b, a) for a, b in pairs)}
                found |= {b for a, b in both if a in treated} - treated
            else:
                found |= self.members(spec | {"grouping": grouping, "group_id": group})
        return found

    def matched(self, spec_id: str) -> pd.DataFrame:
        """What the matching of a specification has made of the rows that it asks for."""
        return self.warehouse.frame(
            "select m.* from results.matched_samples as m"
            " inner join results.samples as s on m.sample_id = s.sample_id where s.spec_id = ?",
            [spec_id],
        )

    def assignment(self, study: str, codes: pd.Series[Any]) -> pd.Series[Any]:
        """Of each unit the region of the level at which the policy was assigned."""
        above = told_of(study, "assigned_at") not in ("", told_of(study, "level"))
        return codes.str[:2] + "0000" if above else codes

    def variables(self, spec_id: str) -> list[str]:
        """Outcome and regressors of a specification, as it names them."""
        texts = (SPECS[spec_id][name] for name in ("outcome", "treatment", "controls"))
        return [name for text in texts for name in text.split(" + ") if name]

    def candidates(self, spec_id: str, also: Sequence[str] = ()) -> pd.DataFrame:
        """The rows of a specification before any matching, with a value of some variables more."""
        spec = SPECS[spec_id]
        needed = [*self.variables(spec_id), *also]
        if spec["matching"]:
            needed += MATCHINGS[spec["matching"]]["covariates"].split(" + ")
        starts_earlier = (spec["first_year"] or "9999") < told_of(spec["study"], "first_year")
        panel = self.extended_panel if starts_earlier else self.panel
        rows = panel(spec["study"]).dropna(subset=needed)
        if spec["grouping"]:
            rows = rows[rows["region_code"].isin(self.members(spec))]
        rows = rows[~rows["region_code"].isin(self.left_out(spec))]
        if spec["first_year"]:
            rows = rows[rows["year"] >= int(spec["first_year"])]
        if spec["last_year"]:
            rows = rows[rows["year"] <= int(spec["last_year"])]
        return rows

    def sample(
        self, spec_id: str, also: Sequence[str] = (), **change: str
    ) -> tuple[pd.DataFrame, list[str]]:
        """Rows and regressors of a specification."""
        spec, (outcome, *regressors) = SPECS[spec_id] | change, self.variables(spec_id)
        rows = self.candidates(spec_id, also)
        if spec["matching"]:
            kept = self.matched(spec_id).query("weight > 0")[KEYS]
            assert MATCHINGS[spec["matching"]]["keep"] == "rows"
            rows = rows.merge(kept, on=KEYS, validate="one_to_one")
        if (spec.get("singletons") or "drop") == "drop":
            switches = zip(KEYS, ("unit_effects", "time_effects"), strict=True)
            rows = without_singletons(rows, [k for k, name in switches if spec[name] == "true"])
        if spec["winsor_upper"]:
            assert not spec["winsor_by"]
            shares = float(spec["winsor_lower"]), float(spec["winsor_upper"])
            continuous = {outcome, *regressors} - {policy_of(spec["study"])}
            rows = rows.assign(**{name: winsorise(rows[name], *shares) for name in continuous})
        return rows.sort_values(KEYS, ignore_index=True), regressors

    def _fit(self, spec_id: str) -> Fit:
        rows, regressors = self.sample(spec_id)
        return fit(rows, SPECS[spec_id], SPECS[spec_id]["outcome"], regressors)

    # --- what a test asks of one specification, event study, placebo, comparison ---------------

    def check_column(self, spec_id: str) -> None:
        """Every figure of a column of a regression table."""
        [summary] = records(
            self.warehouse, "select * from results.regression_fits where spec_id = ?", [spec_id]
        )
        assert summary["status"] == "estimated", summary["reason"]
        expected = self.fit(spec_id)
        spec, (rows, regressors) = SPECS[spec_id], self.sample(spec_id)
        assert summary["n_obs"] == expected.n_obs
        assert summary["n_units"] == rows["region_code"].nunique()
        assert summary["df"] == expected.df
        clustered = spec["vcov"] == "clustered"
        assert summary["n_clusters"] == (expected.df + 1 if clustered else None)
        assert summary["df"] == expected.df
        close([summary["r2"], summary["r2_adj"]], [expected.r2, expected.r2_adj])
        close(summary["r2_within"], expected.r2_within, rel=1e-6, absolute=1e-9)
        before = self.sample(spec_id, singletons="keep")[0]
        assert summary["n_singletons"] == len(before) - len(rows)
        policy, few = policy_of(spec["study"]), False
        counted = summary["n_treated_units"], summary["n_treated_clusters"]
        if policy in spec["treatment"].split(" + "):
            treated = rows[rows[policy] == 1]
            clusters = self.assignment(spec["study"], treated["region_code"])
            assert counted == (treated["region_code"].nunique(), clusters.nunique())
            largest = treated["region_code"].value_counts(normalize=True).max()
            few = clusters.nunique() < 3 or largest > 0.5
            told = "no stars are printed" in (summary["cautions"] or "")
            assert told == few
        else:
            assert counted == (None, None)
        found = self.warehouse.frame(
            "select * from results.regression_coefficients where spec_id = ?", [spec_id]
        ).set_index("term")
        assert set(found.index) == {*regressors, "_cons"}
        close(found.loc[regressors, FIGURES], expected.table.loc[regressors, FIGURES])
        margin = stats.t.ppf(0.975, expected.df) * expected.table["std_error"][regressors]
        for bound, sign in (("conf_low", -1), ("conf_high", 1)):
            close(found[bound][regressors], expected.table["estimate"][regressors] + sign * margin,
                  absolute=TOLERANCE * margin.max())  # fmt: skip
        # With absorbed unit effects there is no second standard error of the constant.
        absorbed = spec["unit_effects"] == "true" and clustered
        constant = FIGURES[:1] if absorbed else FIGURES
        close(found.loc["_cons", constant], expected.table.loc["_cons", constant])
        marks = found["p_value"].map(
            lambda p: "" if few else "*" * sum(p < np.array([0.1, 0.05, 0.01]))
        )
        assert found["stars"].to_dict() == marks.to_dict()

    def check_event_study(self, event_study_id: str) -> None:
        """Each year's effect, its intervals, and the joint test of the leads."""
        [row] = [r for r in seed("event_study_specs") if r["event_study_id"] == event_study_id]
        spec = SPECS[row["base_spec"]]
        rows, regressors = self.sample(row["base_spec"])
        reference = int(row["reference"])
        reference -= FIRST_TREATED if reference > 1000 else 0
        assert rows["started"].dropna().unique().tolist() == [FIRST_TREATED]
        years = [year for year in sorted(set(rows["year"] - FIRST_TREATED)) if year != reference]
        terms = {year: f"event_{i}" for i, year in enumerate(years)}
        pilot = rows["started"].notna()
        events = rows.assign(
            **{t: (pilot & (rows["year"] == FIRST_TREATED + y)) * 1.0 for y, t in terms.items()}
        )
        controls = [name for name in regressors if name != spec["treatment"]]
        expected = fit(events, spec, spec["outcome"], [*terms.values(), *controls])
        found = self.warehouse.frame(
            "select * from results.event_study where event_study_id = ?", [event_study_id]
        ).set_index("relative_year")
        assert (found["status"] == "estimated").all()
        assert (found["n_obs"] == expected.n_obs).all()
        assert (found["as_published"] == (row["as_published"] == "true")).all()
        assert sorted(found.index) == sorted([*years, reference])
        assert [int(year) for year in found["calendar_year"]] == list(found.index + FIRST_TREATED)
        assert found.index[found["is_reference"]].tolist() == [reference]
        assert found.loc[reference, "estimate"] == 0
        assert found.loc[reference, ["std_error", "p_value", "conf_low_90"]].isna().all()
        theirs = expected.table.loc[list(terms.values())]
        # Some years are near zero: to a billionth of a standard error.
        slack = 1e-9 * theirs["std_error"].to_numpy()
        for name in FIGURES:
            close(found.loc[years, name], theirs[name], absolute=slack.max() * (name == "estimate"))
        for level in (90, 95):
            margin = stats.t.ppf(0.5 + level / 200, expected.df) * theirs["std_error"]
            for bound, sign in ((f"conf_low_{level}", -1), (f"conf_high_{level}", 1)):
                close(found.loc[years, bound], theirs["estimate"] + sign * margin,
                      absolute=slack.max())  # fmt: skip
        leads = [terms[year] for year in years if year < 0]
        b, V = expected.table["estimate"][leads], expected.covariance.loc[leads, leads]
        wald = float(b @ np.linalg.solve(V, b)) / len(leads)
        assert set(found["leads_test"]) == {"F-test" if len(leads) > 1 else "t-test"}
        close(found["leads_f"], [wald] * len(found), rel=1e-7)
        close(found["leads_p"], [stats.f.sf(wald, len(leads), expected.df)] * len(found), rel=1e-7)

    def check_placebo_in_space(self, placebo_id: str) -> None:
        """Two draws fitted anew, by the published rule of what is drawn; p-values counted anew."""
        [row] = [r for r in seed("placebo_specs") if r["placebo_id"] == placebo_id]
        spec = SPECS[row["base_spec"]]
        rows, regressors = self.sample(row["base_spec"])
        draws = self.warehouse.frame(
            "select * from results.placebo_draws where placebo_id = ? order by draw", [placebo_id]
        )
        assert draws["draw"].tolist() == list(range(int(row["draws"])))
        # A code begins with that of its province, the level at which the policies were assigned.
        whole = row["draw_unit"] == "assignment"
        level = rows["region_code"].str[:2] if whole else rows["region_code"]
        labels = np.unique(level)
        [main_seed] = re.findall(
            r"(?m)^  seed: (\d+)$", (ROOT / "dbt_project.yml").read_text("utf-8")
        )
        for k in (0, 613):
            keys = keys_of_draw(k, int(main_seed), len(labels))
            drawn = labels[np.argsort(keys, kind="stable")[: int(row["n_treated"])]]
            pretend = level.isin(drawn) & (rows["year"] >= FIRST_TREATED)
            again = fit(rows.assign(bdpz=pretend * 1.0), spec, spec["outcome"], regressors)
            close(draws.loc[k, FIGURES], again.table.loc["bdpz", FIGURES], rel=1e-7)
        [found] = records(
            self.warehouse,
            "select * from results.placebo_summary where placebo_id = ?",
            [placebo_id],
        )
        assert found["status"] == "estimated"
        assert found["n_treated"] == int(row["n_treated"])
        assert found["as_published"] == (row["as_published"] == "true")
        actual = self.fit(row["base_spec"]).table.loc["bdpz"]
        close(found["estimate"], actual["estimate"])
        null = draws["estimate"].to_numpy()
        close(
            [found[f"null_{name}"] for name in ("mean", "std_dev", "q025", "q975")],
            [null.mean(), null.std(ddof=1), *np.quantile(null, [0.025, 0.975])],
        )
        assert found["n_draws"] == len(null)
        assert found["share_p_below_10"] == np.mean(draws["p_value"] < 0.1)
        for suffix, values, own in (
            ("", null, actual["estimate"]),
            ("_t", draws["t_statistic"].to_numpy(), actual["t_statistic"]),
        ):
            extreme = {
                "left": values <= own, "right": values >= own, "two_sided": abs(values) >= abs(own),
            }  # fmt: skip
            for side, beyond in extreme.items():
                p = (1 + beyond.sum()) / (1 + len(values))
                assert found[f"p_{side}{suffix}"] == pytest.approx(p, rel=1e-12), (side, suffix)

    def check_placebo_in_time(self, placebo_id: str) -> None:
        [row] = [r for r in seed("placebo_specs") if r["placebo_id"] == placebo_id]
        spec, year = SPECS[row["base_spec"]], int(row["pseudo_year"])
        rows, regressors = self.sample(row["base_spec"])
        before = rows[rows["year"] < FIRST_TREATED]
        pretend = before["started"].notna() & (before["year"] >= year)
        again = fit(before.assign(bdpz=pretend * 1.0), spec, spec["outcome"], regressors)
        [found] = records(
            self.warehouse, "select * from results.placebo_draws where placebo_id = ?", [placebo_id]
        )
        assert (found["kind"], found["draw"], found["pseudo_year"]) == ("time", 0, year)
        close([found[name] for name in FIGURES], again.table.loc["bdpz", FIGURES])

    def check_heterogeneity(self, comparison_id: str) -> None:
        [row] = [r for r in seed("heterogeneity_specs") if r["comparison_id"] == comparison_id]
        a, b = (self.fit(row[name]).table.loc["bdpz"] for name in ("spec_a", "spec_b"))
        samples = [set(self.sample(row[name])[0]["region_code"]) for name in ("spec_a", "spec_b")]
        assert not samples[0] & samples[1]
        [found] = records(
            self.warehouse,
            "select * from results.heterogeneity where comparison_id = ?",
            [comparison_id],
        )
        assert found["status"] == "estimated"
        difference = a["estimate"] - b["estimate"]
        std_error, df = np.sqrt(a["std_error"] ** 2 + b["std_error"] ** 2), np.inf
        if SPECS[row["spec_a"]]["vcov"] == "clustered":
            std_error, df = self.jointly(row["spec_a"], row["spec_b"])
        z = difference / std_error
        assert found["df"] == (None if np.isinf(df) else df)
        close(
            [found[name] for name in ("estimate_a", "std_error_a", "estimate_b", "std_error_b")],
            [a["estimate"], a["std_error"], b["estimate"], b["std_error"]],
        )
        close(
            [found[n] for n in ("difference", "difference_std_error", "z_statistic", "p_value")],
            [difference, std_error, z, 2 * stats.t.sf(abs(z), df)],
            rel=1e-7,
        )

    def jointly(self, first: str, second: str) -> tuple[float, int]:
        """Standard error of the difference of two columns from one regression, everything in it
        once for each, and its degrees of freedom."""
        parts, controls = [], set()
        for name in (first, second):
            rows, regressors = self.sample(name)
            own = [x for x in regressors if x != "bdpz"]
            renamed = {x: f"{x}_{name == second:d}" for x in own}
            controls |= set(renamed.values())
            more = {"difference": rows["bdpz"] * (name == second),
                    "year": rows["year"] + 10_000 * (name == second)}  # fmt: skip
            part = rows.rename(columns=renamed).assign(**more)
            keep = [*renamed.values(), *more, "region_code", "province_code", "bdpz"]
            parts.append(part[[*keep, SPECS[first]["outcome"]]])
        stacked = pd.concat(parts, ignore_index=True).fillna(0.0)
        regressors = ["bdpz", "difference", *sorted(controls)]
        with warnings.catch_warnings():
            # Of the years of the two one is a combination of the units.
            warnings.filterwarnings("ignore", "(?s).*collinear", UserWarning)
            joint = fit_clustered(stacked, SPECS[first], SPECS[first]["outcome"], regressors)
        return float(joint.table["std_error"]["difference"]), joint.df

    def check_matching(self, matching_id: str) -> None:
        """Every sample that is matched so, whether a regression uses it or none does."""
        found = self.warehouse.rows(
            "select distinct sample_id from results.samples where matching_id = ?", [matching_id]
        )
        assert found
        for (sample_id,) in found:
            self.check_matched_sample(sample_id, MATCHINGS[matching_id])

    def check_matched_sample(self, sample_id: str, row: dict[str, str]) -> None:
        """Scores by statsmodels, weights from all pairs, balance of the rows that are used."""
        assert (row["model"], row["by_year"], row["keep"]) == ("logit", "false", "rows")
        covariates = row["covariates"].split(" + ")
        if sample_id in SPECS:
            rows = self.candidates(sample_id)
        else:
            rows = self.panel(row["study"]).dropna(subset=covariates)
        complete = self.matched(sample_id).merge(
            rows[[*KEYS, "started", *covariates]], on=KEYS, validate="one_to_one"
        )
        assert len(self.matched(sample_id)) == len(complete) == len(rows)
        within = complete["started"] <= complete["year"].max()
        assert (complete["treated"] == within).all()
        x = complete[covariates]
        logit = sm.Logit(complete["treated"], sm.add_constant((x - x.mean()) / x.std()))
        score = logit.fit(disp=0, tol=1e-12).predict()
        close(complete["propensity_score"], score, rel=1e-6)
        # From the warehouse's own scores: rounding would break ties.
        ours, treated = (complete[n].to_numpy() for n in ("propensity_score", "treated"))
        weight, support = weigh(ours, treated == 1, row)
        close(complete["weight"], weight, rel=1e-9, absolute=1e-12)
        assert complete["on_support"].tolist() == support.tolist()
        balance = self.warehouse.frame(
            "select * from results.matching_balance where sample_id = ?", [sample_id]
        ).set_index("covariate")
        assert set(balance.index) == set(covariates)
        for name in covariates:
            raw = {group: rows[name] for group, rows in complete.groupby("treated")}
            kept = complete[complete["weight"] > 0]
            now = {group: rows[name] for group, rows in kept.groupby("treated")}
            spread = np.sqrt((raw[1].var() + raw[0].var()) / 2)
            for moment, groups in (("before", raw), ("after", now)):
                test = stats.ttest_ind(groups[1], groups[0])
                close(
                    [
                        balance.loc[name, f"{statistic}_{moment}"]
                        for statistic in ("mean_treated", "mean_control", "variance_ratio",
                                          "std_diff", "t_statistic", "p_value")
                    ],
                    [
                        groups[1].mean(), groups[0].mean(), groups[1].var() / groups[0].var(),
                        100 * (groups[1].mean() - groups[0].mean()) / spread,
                        test.statistic, test.pvalue,
                    ],
                    rel=1e-7,
                )  # fmt: skip

    def check_descriptives(self, study: str) -> None:
        found = self.warehouse.frame(
            "select * from results.descriptive_statistics where study = ?", [study]
        ).set_index("variable_id")
        panel = self.panel(study)
        described = {r["variable_id"] for r in seed("variables") if r["study"] == study} | {"bdpz"}
        assert described <= set(found.index) <= described | {"nqp"}
        for name, row in found.iterrows():
            values: pd.Series[float] = panel[str(name)]
            assert row["n_obs"] == values.count()
            moments = [values.mean(), values.std(), values.min(), values.max()]
            close(row[["mean", "std_dev", "minimum", "maximum"]], moments, rel=1e-9)


@pytest.fixture(scope="module")
def second(simulated: Warehouse) -> Second:
    return Second(simulated)


@pytest.fixture(scope="module")
def second_public(public: Warehouse) -> Second:
    return Second(public)


# --- simulated data: both papers, whole -----------------------------------------------------------

PUBLISHED = [row["spec_id"] for row in seed("published_fits") if row["study"] in PAPERS]


def test_every_published_column_is_estimated(simulated: Warehouse) -> None:
    fits = dict(
        simulated.rows("""
            select p.spec_id, f.status
            from published.published_fits as p
            left join results.regression_fits as f on p.spec_id = f.spec_id and p.study = f.study
            where p.study in ('city', 'province')
        """)
    )
    assert sorted(fits) == sorted(PUBLISHED)
    assert len(fits) == 32
    assert set(fits.values()) == {"estimated"}


@pytest.mark.parametrize("spec_id", of(PAPERS, "regression_specs", "spec_id"))
def test_columns_equal_estimates_made_a_second_way(second: Second, spec_id: str) -> None:
    second.check_column(spec_id)


@pytest.mark.parametrize("event_study_id", of(PAPERS, "event_study_specs", "event_study_id"))
def test_event_studies_equal_estimates_made_a_second_way(
    second: Second, event_study_id: str
) -> None:
    second.check_event_study(event_study_id)


@pytest.mark.parametrize("placebo_id", of(PAPERS, "placebo_specs", "placebo_id", kind="space"))
def test_placebos_in_space_equal_draws_made_a_second_way(second: Second, placebo_id: str) -> None:
    second.check_placebo_in_space(placebo_id)


@pytest.mark.parametrize("placebo_id", of(PAPERS, "placebo_specs", "placebo_id", kind="time"))
def test_placebos_in_time_equal_estimates_made_a_second_way(
    second: Second, placebo_id: str
) -> None:
    second.check_placebo_in_time(placebo_id)


@pytest.mark.parametrize("comparison_id", of(PAPERS, "heterogeneity_specs", "comparison_id"))
def test_differences_of_subgroups(second: Second, comparison_id: str) -> None:
    second.check_heterogeneity(comparison_id)


@pytest.mark.parametrize("matching_id", of(PAPERS, "matching_specs", "matching_id"))
def test_scores_and_balance_of_matchings(second: Second, matching_id: str) -> None:
    second.check_matching(matching_id)


@pytest.mark.parametrize("study", PAPERS)
def test_descriptive_statistics(second: Second, study: str) -> None:
    second.check_descriptives(study)


@pytest.mark.parametrize("row", seed("mediation_specs"), ids=lambda row: row["mediation_id"])
def test_mediation_equals_its_three_steps(second: Second, row: dict[str, str]) -> None:
    # The three steps rest on the rows that have what all of them need.
    steps = [row[column] for column in ("total_spec", "mediator_spec", "outcome_spec")]
    needed = [name for step in steps for name in second.variables(step)]

    def term(column: str, name: str) -> tuple[float, float]:
        spec = SPECS[row[column]]
        rows, regressors = second.sample(row[column], needed)
        table = fit(rows, spec, spec["outcome"], regressors).table
        return float(table["estimate"][name]), float(table["std_error"][name])

    [found] = records(
        second.warehouse,
        "select * from results.mediation where mediation_id = ?",
        [row["mediation_id"]],
    )
    # The simulated data are complete: the three columns have the rows that they have together.
    assert found["n_obs"] == second.fit(row["outcome_spec"]).n_obs
    c, direct = term("total_spec", "bdpz")[0], term("outcome_spec", "bdpz")[0]
    close([found["total_effect"], found["direct_effect"]], [c, direct])
    a, s_a = term("mediator_spec", "bdpz")
    b, s_b = term("outcome_spec", row["mediator"])
    close([found[n] for n in ("a", "a_std_error", "b", "b_std_error")], [a, s_a, b, s_b])
    # Two ways to the same share: from the steps, and from what the mediator takes away.
    close(found["indirect_effect"], c - direct)
    # ... which is told of a total effect that the bootstrap tells from zero.
    if found["assignment_total_p"] < 0.05:
        close(found["share_mediated"], 1 - direct / c)
    else:
        p = f"(p = {found['assignment_total_p']:.3f})"
        reason = f"the total effect is not distinguishable from zero {p}"
        assert (found["share_mediated"], found["share_reason"]) == (None, reason)
    assert abs(found["identity_gap"]) < 1e-10 * abs(c)
    # 1/z² of a product is the sum of 1/z² of its factors.
    z = 1 / np.sqrt((s_a / a) ** 2 + (s_b / b) ** 2)
    close(
        [found["sobel_z"], found["sobel_std_error"], found["sobel_p"]],
        [z * np.sign(a * b), abs(a * b) / z, stats.chi2.sf(z**2, 1)],
        rel=1e-7,
    )


def test_singletons_are_told_row_by_row(simulated: Warehouse) -> None:
    """Those of the matched sample of the cities, and in no other sample of theirs."""
    fits = records(
        simulated, "select spec_id, n_obs, n_singletons from results.regression_fits order by 1"
    )
    told = {
        name: (used, lost)
        for name, used, lost in simulated.rows(
            "select spec_id, count(*) filter (where used), "
            "count(*) filter (where lost_at = 'singleton') from results.sample_rows group by 1"
        )
    }
    for row in fits:
        assert told[row["spec_id"]] == (row["n_obs"], row["n_singletons"]), row["spec_id"]
    found = {row["spec_id"]: row["n_singletons"] for row in fits if row["n_singletons"]}
    assert {"city.t4.c1", "province.t4.c1"} <= set(found)
    flow = dict(
        simulated.rows("select spec_id, rows_lost from results.sample_flow "
                       "where step = 'singleton'")
    )  # fmt: skip
    assert flow == found


def test_stars_are_withheld_where_few_are_treated_and_printed_ones_stay(
    simulated: Warehouse,
) -> None:
    few = [
        spec_id
        for (spec_id,) in simulated.rows(
            "select spec_id from results.regression_fits where n_treated_clusters < 3"
        )
    ]
    assert {"province.t6.c2", "province.t6.c3"} <= set(few)
    for spec_id in few:
        ours = simulated.rows(
            "select distinct stars from results.regression_coefficients where spec_id = ?",
            [spec_id],
        )
        assert ours == [("",)]
    printed = simulated.rows(
        "select term, p.printed, p.ours, c.p_value from results.published_comparison as p "
        "inner join results.regression_coefficients as c using (spec_id, term) "
        "where spec_id = 'province.t6.c3' and statistic = 'stars'"
    )
    published = {
        row["term"]: row["stars"]
        for row in seed("published_coefficients")
        if row["spec_id"] == "province.t6.c3"
    }
    assert {term: stars for term, stars, _, _ in printed} == published
    assert any(int(stars) for stars in published.values())
    for _, _, ours, p in printed:
        assert ours == sum(p < level for level in (0.1, 0.05, 0.01))


def test_estimates_lie_within_two_standard_errors_of_the_truth(simulated: Warehouse) -> None:
    truth = pd.read_csv(ROOT / "data" / "simulated" / "truth.csv")
    planted = {"bdpz"} | {row["mediator"] for row in seed("mediation_specs")}
    truth = truth[truth["term"].isin(planted)]
    found = simulated.frame("select spec_id, term, estimate, std_error"
                            " from results.regression_coefficients")  # fmt: skip
    both = truth.merge(found, on=["spec_id", "term"], how="left", validate="one_to_one")
    distance = (both["estimate"] - both["truth"]).abs() / both["std_error"]
    assert (distance < 2).all(), both[~(distance < 2)]
    # Every column but the matched and the winsorised ones, which change what is estimated.
    plain = {k for k, row in SPECS.items() if row["study"] in PAPERS
             and not row["matching"] and not row["winsor_upper"]}  # fmt: skip
    assert set(truth["spec_id"]) == plain & set(PUBLISHED)
    assert len(truth) == len(set(truth["spec_id"])) + len(seed("mediation_specs"))


def test_simulated_figures_are_set_beside_the_papers_and_not_judged(simulated: Warehouse) -> None:
    rows = simulated.frame("select * from results.published_comparison")
    assert set(rows["verdict"]) == {"not comparable: simulated"}
    assert rows["ours"].notna().all()
    printed = {(row["spec_id"], row["term"]): row for row in
               seed("published_coefficients")}  # fmt: skip
    coefs = rows[rows["statistic"] == "coefficient"]
    assert {(r.spec_id, r.term) for r in coefs.itertuples()} == set(printed)
    for row in coefs.itertuples():
        assert row.printed == printed[str(row.spec_id), str(row.term)]["estimate_printed"]


# --- public data: what it can carry ---------------------------------------------------------------


# Effects of groups by year and the like are partialled out; the estimators' own tests compare them.
PARTIALLED_OUT = ("group_year_effects", "group_trends", "controls_by_year", "coding_rule")


@pytest.mark.parametrize(
    "spec_id",
    [
        spec_id
        for spec_id in of(PUBLIC, "regression_specs", "spec_id")
        if not any(SPECS[spec_id].get(name) for name in PARTIALLED_OUT)
    ],
)
def test_public_columns_equal_estimates_made_a_second_way(
    second_public: Second, spec_id: str
) -> None:
    second_public.check_column(spec_id)


@pytest.mark.parametrize("event_study_id", of(AT_ONCE, "event_study_specs", "event_study_id"))
def test_public_event_studies(second_public: Second, event_study_id: str) -> None:
    second_public.check_event_study(event_study_id)


@pytest.mark.parametrize("placebo_id", of(AT_ONCE, "placebo_specs", "placebo_id", kind="space"))
def test_public_placebos_in_space(second_public: Second, placebo_id: str) -> None:
    second_public.check_placebo_in_space(placebo_id)


@pytest.mark.parametrize("placebo_id", of(AT_ONCE, "placebo_specs", "placebo_id", kind="time"))
def test_public_placebos_in_time(second_public: Second, placebo_id: str) -> None:
    second_public.check_placebo_in_time(placebo_id)


@pytest.mark.parametrize("comparison_id", of(PUBLIC, "heterogeneity_specs", "comparison_id"))
def test_public_differences_of_subgroups(second_public: Second, comparison_id: str) -> None:
    second_public.check_heterogeneity(comparison_id)


@pytest.mark.parametrize("matching_id", of(PUBLIC, "matching_specs", "matching_id"))
def test_public_scores_and_balance_of_matchings(second_public: Second, matching_id: str) -> None:
    second_public.check_matching(matching_id)


def test_public_data_support_the_tables_that_have_no_index() -> None:
    """The city study on digital finance has every kind of table; none of them is left out above."""
    studies = ["city_public"]
    assert len(of(studies, "event_study_specs", "event_study_id")) >= 2
    assert len(of(studies, "placebo_specs", "placebo_id")) >= 2
    assert len(of(studies, "heterogeneity_specs", "comparison_id")) >= 2
    columns = [SPECS[spec] for spec in of(studies, "regression_specs", "spec_id")]
    for column in ("grouping", "first_year", "matching", "winsor_upper"):
        assert any(row[column] for row in columns), column


def test_the_published_digital_finance_effect_is_met_within_one_standard_error(
    public: Warehouse,
) -> None:
    rows = records(
        public,
        "select * from results.published_comparison"
        " where spec_id = 'city_public.t3.c3' and published_spec = 'city.t5.c1'",
    )
    assert len(rows) == 9
    by = {(row["term"], row["statistic"]): row for row in rows}
    effect = by["bdpz", "coefficient"]
    assert (effect["printed"], round(effect["ours"], 4)) == ("3.7940", 3.7968)
    close(effect["difference_in_std_errors"], (effect["ours"] - 3.7940) / 0.9081)
    assert by[None, "n_obs"]["ours"] == 2556
    assert {key: row["verdict"] for key, row in by.items()} == {
        ("bdpz", "coefficient"): "same sign and within one s.e.",
        ("bdpz", "std_error"): "differs",
        ("bdpz", "stars"): "reproduced to rounding",
        ("_cons", "coefficient"): "differs",
        ("_cons", "std_error"): "differs",
        ("_cons", "stars"): "reproduced to rounding",
        (None, "r2"): "reproduced to rounding",
        (None, "r2_adj"): "differs",
        (None, "n_obs"): "reproduced to rounding",
    }


def test_columns_that_data_cannot_feed_are_not_judged(mini: Warehouse) -> None:
    rows = mini.frame("""
        select c.*, f.status, f.reason as fit_reason
        from results.published_comparison as c
        inner join results.regression_fits as f on c.spec_id = f.spec_id
        where c.study = 'city'
    """)
    assert set(rows["spec_id"]) == {spec_id for spec_id in PUBLISHED if spec_id.startswith("city.")}
    assert set(rows["status"]) == {"not estimable"}
    assert set(rows["verdict"]) == {"not estimable"}
    assert rows["ours"].isna().all()
    assert (rows["reason"] == rows["fit_reason"]).all()
    assert rows["reason"].str.contains("the profile has no data for").all()


def test_descriptives_are_judged_variable_by_variable(mini: Warehouse) -> None:
    rows = records(mini, "select * from results.published_comparison where spec_id is null")
    found = {(row["study"], row["term"], row["statistic"]): row for row in rows}
    published = seed("published_descriptives")
    assert len(found) == len(rows) == 5 * len(published)
    for statistic in ("n_obs", "mean", "std_dev", "minimum", "maximum"):
        pilots, spending = (found["city", name, statistic] for name in ("bdpz", "Gov"))
        assert pilots["verdict"] == "reproduced to rounding", statistic
        assert (spending["verdict"], spending["ours"]) == ("not estimable", None)
        assert "fiscal_expenditure" in spending["reason"]
    coverage = mini.rows("select study, variable_id from marts.coverage where available = 0")
    blank = {(row["study"], row["term"]) for row in rows if row["verdict"] == "not estimable"}
    assert blank == set(coverage) & {(row["study"], row["variable_id"]) for row in published}


def test_analyses_that_data_cannot_feed_name_their_columns(mini: Warehouse) -> None:
    for table, key, id_of in (
        ("mediation", "mediation_id", "mediation_specs"),
        ("heterogeneity", "comparison_id", "heterogeneity_specs"),
        ("event_study", "event_study_id", "event_study_specs"),
        ("placebo_summary", "placebo_id", "placebo_specs"),
    ):
        rows = mini.rows(
            f"select distinct {key}, status, reason from results.{table} where study = 'city'"
        )
        only = {"kind": "space"} if table == "placebo_summary" else {}
        assert {row[0] for row in rows} == set(of(["city"], id_of, key, **only))
        for name, status, reason in rows:
            assert status == "not estimable", name
            assert "not estimated: " in reason or "has no data for" in reason
