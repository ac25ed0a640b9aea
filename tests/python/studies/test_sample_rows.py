"""Which rows the analyses of built studies rest on, against their panels and their figures."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest

from definitions_for_tests import definitions
from nqp.analyses.samples import Samples
from warehouse import Warehouse

pytestmark = pytest.mark.build

KEYS = ["region_code", "year"]
BEFORE_MATCHING = ("group", "window", "complete")
# Random figures lack most series, those of the studies lack few cells.
PROFILES = ("simulated", "mini")
ANALYSES = sorted(
    set(definitions("regression_specs")["spec_id"])
    | set(definitions("mediation_specs")["mediation_id"])
    | set(definitions("matching_specs")["matching_id"])
)


@pytest.fixture(params=PROFILES)
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    found: Warehouse = request.getfixturevalue(request.param)
    return found


def of_sample(warehouse: Warehouse, spec_id: str) -> dict[str, Any] | None:
    """The row of results.samples, None where the profile has no such study."""
    found = warehouse.frame("select * from results.samples where spec_id = ?", [spec_id])
    return None if found.empty else {str(k): v for k, v in found.iloc[0].items()}


def rows_of(warehouse: Warehouse, spec_id: str) -> pd.DataFrame:
    return warehouse.frame(
        "select * from results.sample_rows where spec_id = ? order by region_code, year", [spec_id]
    )


# --- one analysis ---------------------------------------------------------------------------------


@pytest.mark.parametrize("spec_id", ANALYSES)
def test_the_condition_of_a_sample_picks_what_no_step_before_matching_lost(
    warehouse: Warehouse, spec_id: str
) -> None:
    if (sample := of_sample(warehouse, spec_id)) is None:
        return
    picked = warehouse.frame(
        f"select region_code, year from marts.panel_{sample['study']} "
        f"where {sample['predicate']} order by all"
    )
    rows = rows_of(warehouse, spec_id)
    left = rows[~rows["lost_at"].isin(BEFORE_MATCHING)]
    assert list(picked.itertuples(index=False)) == list(left[KEYS].itertuples(index=False))
    panel = warehouse.frame(
        f"select region_code, year from marts.panel_{sample['study']} order by all"
    )
    # Every row of the panel is used or lost, once.
    assert list(panel.itertuples(index=False)) == list(rows[KEYS].itertuples(index=False))
    assert (rows["used"] == rows["lost_at"].isna()).all()
    assert (rows["used"] == (rows["weight"] > 0)).all()
    if pd.isna(sample["matching_id"]):
        assert "matched" not in set(rows["lost_at"])
        assert set(rows["weight"]) <= {0, 1}


@pytest.mark.parametrize("spec_id", ANALYSES)
def test_rows_lost_at_a_step_lack_what_the_step_asks_for(
    warehouse: Warehouse, spec_id: str
) -> None:
    """Worked from the definitions: the group, then the years, then a value of each variable."""
    found = warehouse.frame(
        "select * from definitions.regression_specs where spec_id = ?", [spec_id]
    )
    if found.empty:
        return
    spec: dict[str, Any] = {str(k): (None if pd.isna(v) else v) for k, v in found.iloc[0].items()}
    panel = warehouse.frame(f"select * from marts.panel_{spec['study']} order by region_code, year")
    expected = pd.Series([None] * len(panel), dtype=object)
    names: list[str] = [spec["outcome"], spec["treatment"], spec["controls"] or ""]
    if spec["matching"]:
        [(covariates,)] = warehouse.rows(
            "select covariates from definitions.matching_specs where matching_id = ?",
            [spec["matching"]],
        )
        names.append(covariates)
    variables = [name for text in names for name in str(text).split(" + ") if name]
    expected[panel[variables].isna().any(axis=1)] = "complete"
    first, last = spec["first_year"] or 0, spec["last_year"] or 9999
    expected[~panel["year"].between(first, last)] = "window"
    if spec["grouping"]:
        members = warehouse.rows(
            "select region_code from intermediate.grouping_members"
            " where study = ? and grouping = ? and group_id = ?",
            [spec["study"], spec["grouping"], spec["group_id"]],
        )
        expected[~panel["region_code"].isin([code for (code,) in members])] = "group"
    lost = rows_of(warehouse, spec_id)["lost_at"]
    before = lost.where(lost.isin(BEFORE_MATCHING), None)
    assert before.fillna("").tolist() == expected.fillna("").tolist()


@pytest.mark.parametrize("spec_id", ANALYSES)
def test_an_analysis_reads_the_rows_that_are_stored(warehouse: Warehouse, spec_id: str) -> None:
    sample = of_sample(warehouse, spec_id)
    if sample is None or sample["reason"]:
        return
    tables = ("results.samples", "marts.panels", "intermediate.study_units")
    asked, panels, units = (warehouse.internal.sql(f"from {table}") for table in tables)
    members = warehouse.internal.sql("from results.sample_members")
    samples = Samples(warehouse.internal, asked, panels, units, members)
    variables = re.findall(r'isfinite\("(\w+)"\)', sample["predicate"])
    read = samples.rows(spec_id, tuple(variables))
    assert read[variables].notna().all(axis=None)
    used = rows_of(warehouse, spec_id).query("used").reset_index(drop=True)
    assert list(read[KEYS].itertuples(index=False)) == list(used[KEYS].itertuples(index=False))
    assert read["matching_weight"].tolist() == used["weight"].tolist()


# --- all of them ----------------------------------------------------------------------------------


def test_every_analysis_has_a_sample(warehouse: Warehouse) -> None:
    [(missing, estimated)] = warehouse.rows("""
        with wanted as (
          select spec_id from definitions.regression_specs
          union all select mediation_id from definitions.mediation_specs
          union all (
            select matching_id from definitions.matching_specs
            except select matching from definitions.regression_specs
          )
        )
        select
          count(*) filter (s.spec_id is null or w.spec_id is null),
          count(*) filter (s.reason is null)
        from wanted as w full join results.samples as s on w.spec_id = s.spec_id
    """)
    assert missing == 0 and estimated > 0


def test_a_fit_has_as_many_observations_as_its_sample_has_rows(warehouse: Warehouse) -> None:
    for table, key in (("regression_fits", "spec_id"), ("mediation", "mediation_id")):
        rows = warehouse.rows(f"""
            select f.{key}, f.n_obs, s.n_obs, count(*) filter (r.used), any_value(m.used)
            from results.{table} as f
            inner join results.samples as s on f.{key} = s.spec_id
            inner join results.sample_rows as r on f.{key} = r.spec_id
            inner join (
              select sample_id, count(*) filter (used) as used
              from results.sample_members group by sample_id
            ) as m on s.sample_id = m.sample_id
            where f.status = 'estimated'
            group by f.{key}, f.n_obs, s.n_obs
        """)
        assert rows
        assert [row for row in rows if len(set(row[1:])) > 1] == []


def test_a_fit_without_a_sample_gives_the_reason_of_the_sample(warehouse: Warehouse) -> None:
    for table, key in (("regression_fits", "spec_id"), ("mediation", "mediation_id")):
        assert (
            warehouse.rows(f"""
            select f.{key}, f.reason, s.reason
            from results.{table} as f inner join results.samples as s on f.{key} = s.spec_id
            where s.reason is not null and f.reason is distinct from s.reason
              or s.reason is null and f.status <> 'estimated' and f.reason like '%no data%'
        """)
            == []
        )


def test_the_flow_of_a_sample_counts_its_rows(warehouse: Warehouse) -> None:
    """From the whole panel to the fit, and at each step what is lost there."""
    flow = warehouse.frame("select * from results.sample_flow order by spec_id, step_no")
    assert len(flow)
    for spec_id, steps in flow.groupby("spec_id"):
        rows = rows_of(warehouse, str(spec_id))
        first, last = steps.iloc[0], steps.iloc[-1]
        assert (first["step"], first["row_count"]) == ("study", len(rows)), spec_id
        used = rows[rows["used"]]
        assert last["row_count"] == len(used), spec_id
        assert last["unit_count"] == used["region_code"].nunique(), spec_id
        lost = rows["lost_at"].value_counts().to_dict()
        counted = {s.step: s.rows_lost for s in steps.itertuples() if s.rows_lost}
        assert counted == lost, spec_id
    told = set(flow["spec_id"])
    samples = warehouse.rows("""
        select spec_id from results.samples where reason is null
        intersect select spec_id from definitions.regression_specs
    """)
    assert told == {spec for (spec,) in samples}


def test_a_matched_sample_has_the_rows_that_found_a_partner(warehouse: Warehouse) -> None:
    matched = warehouse.rows("""
        select
          s.spec_id,
          count(*) filter (r.lost_at is null or r.lost_at in ('matched', 'singleton')) as asked_for,
          count(m.weight) as matched,
          count(*) filter (r.lost_at is distinct from 'singleton'
            and r.used is distinct from (m.weight > 0) and m.weight is not null)
        from results.samples as s
        inner join results.sample_rows as r on s.spec_id = r.spec_id
        left join results.matched_samples as m
          on s.sample_id = m.sample_id and r.region_code = m.region_code and r.year = m.year
        where s.matching_id is not null and s.reason is null
        group by s.spec_id
    """)
    assert matched
    assert [row for row in matched if row[1] != row[2] or row[3]] == []


def test_analyses_that_ask_for_the_same_rows_share_them(warehouse: Warehouse) -> None:
    """As many samples as there are different conditions and matchings, each with its first id."""
    assert (
        warehouse.rows("""
        select
          s.study, s.predicate, s.matching_id, q.singleton_effects, min(s.spec_id),
          list(distinct s.sample_id)
        from results.samples as s
        inner join intermediate.requested_samples as q on s.spec_id = q.spec_id
        group by s.study, s.predicate, s.matching_id, q.singleton_effects
        having count(distinct s.sample_id) > 1 or min(s.sample_id) <> min(s.spec_id)
    """)
        == []
    )
    [(samples, analyses, stored)] = warehouse.rows("""
        select count(distinct sample_id), count(*),
          (select count(distinct sample_id) from results.sample_members)
        from results.samples
    """)
    assert samples == stored < analyses


# --- results --------------------------------------------------------------------------------------

ESTIMATES = {
    "regression_coefficients": ("regressions", "spec_id", "e.term is not null"),
    "regression_fits": ("regressions", "spec_id", "e.term is null"),
    "event_study": (
        "event_studies",
        "event_study_id",
        "coalesce(e.part, 'coefficient') = 'coefficient'",
    ),
    "heterogeneity": ("heterogeneity", "comparison_id", "true"),
    "matched_samples": ("matched_samples", "matching_id", "e.status = 'estimated'"),
    "matching_balance": ("matching_balance", "matching_id", "e.status = 'estimated'"),
    "mediation": ("mediation", "mediation_id", "e.step is null and e.rho is null"),
    "placebo_draws": ("placebo_draws", "placebo_id", "true"),
    "placebo_summary": ("placebo_summary", "placebo_id", "true"),
}
SPECIFICATIONS = {
    "regressions": "regression_specs", "event_studies": "event_study_specs",
    "heterogeneity": "heterogeneity_specs", "matched_samples": "matching_specs",
    "matching_balance": "matching_specs", "mediation": "mediation_specs",
    "placebo_draws": "placebo_specs", "placebo_summary": "placebo_specs",
}  # fmt: skip


@pytest.mark.parametrize("table", ESTIMATES)
def test_a_result_is_what_was_estimated_and_what_was_specified(
    warehouse: Warehouse, table: str
) -> None:
    """Each column is that of the specifications or of the estimates, and none is mixed up."""
    estimates, key, condition = ESTIMATES[table]
    specs = SPECIFICATIONS[estimates]
    columns = {
        name: {column for (column,) in warehouse.internal.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ?",
            name.split("."),
        ).fetchall()}
        for name in (f"estimates.{estimates}", f"definitions.{specs}", f"results.{table}")
    }  # fmt: skip
    theirs = columns[f"definitions.{specs}"]
    # These are put together with what the data or the sample says of the specification.
    joined = {"data_profile", "waivers", "cautions"}
    joined |= {"n_singletons"} if table == "regression_fits" else set()
    ours = [c for c in sorted(columns[f"results.{table}"]) if c not in joined]
    chosen = ", ".join(f"{'s' if name in theirs else 'e'}.{name}" for name in ours)
    expected = warehouse.internal.execute(f"""
        select {chosen} from estimates.{estimates} as e
        inner join definitions.{specs} as s using ({key}) where {condition}
    """).df()
    found = warehouse.internal.execute(f"select {', '.join(ours)} from results.{table}").df()
    assert len(found)
    by = [key, *(c for c in ("term", "draw", "sample_id", *KEYS, "covariate") if c in ours)]
    # A column without a value may come as missing numbers from one and as nothing from the other.
    found, expected = (
        side.sort_values(by, ignore_index=True)
        .astype(object)
        .where(lambda held: held.notna(), None)
        for side in (found, expected)
    )
    pd.testing.assert_frame_equal(found, expected)
    # Each row says what its study rests on.
    assert (
        warehouse.rows(f"""
        select study, data_profile, waivers from results.{table}
        except select study, data_profile, waivers from quality.study_checks
    """)
        == []
    )
