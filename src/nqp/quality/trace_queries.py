"""What `nqp.quality.trace` asks of the published warehouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

# Runs a query with its parameters on the published warehouse.
Read: TypeAlias = Callable[[str, Sequence[object]], pd.DataFrame]
Row: TypeAlias = Mapping[str, Any]

STUDIES = """
    select s.study, s.level, s.title_en, s.title_zh, s.first_year, s.last_year, s.policy,
      -- Some specifications begin before their study.
      coalesce(
        (select min(g.year) from intermediate.earlier_grid as g where g.study = s.study),
        s.first_year
      ) as earliest_year,
      s.policy_variant, s.coding_rule, s.policy_label_en, s.policy_label_zh,
      s.index_id, s.index_label_en, s.index_label_zh, p.data_profile
    from definitions.studies as s
    left join intermediate.study_profiles as p on s.study = p.study
    where s.study in (select study from intermediate.study_units)
    order by s.rowid
"""
SAMPLES = "select study, level from intermediate.study_units where region_code = ?"
NAMES = """
    select study, id from (
      select study, role, id from intermediate.definitions
      union all
      select study, role, id from intermediate.derived_variables
    )
    order by study, role desc, id
"""
VALUES = """
    select study, value from (
      select study, region_code, year, variable_id, value from marts.panel_long
      union all
      select study, region_code, year, variable_id, value from intermediate.earlier_values
    )
    where region_code = ? and year = ? and variable_id = ?
"""
DEFINITIONS = "select * from intermediate.definitions where study = ?"
TRACE = """
    select t.*, quality.cell_address(t.file, t.sheet, t.row_no, t.col_no) as address,
      u.label_zh as unit_zh, f.label_zh as file_unit_zh
    from quality.trace as t
    inner join definitions.units as u on t.series_unit = u.unit
    inner join definitions.units as f on t.file_unit = f.unit
    where t.study = ? and t.region_code = ? and t.year = ? and t.variable_id = ?
    order by t.component, t.side desc, t.series_ref, t.cell_year
"""
SERIES = "select series_id, label_en, label_zh from definitions.series"
WEIGHED = """
    select n.id, n.value, n.normalised, e.weight, e.weight * n.normalised as part,
      l.lowest, l.highest
    from intermediate.normalised_indicators as n
    inner join intermediate.entropy as e on n.study = e.study and n.id = e.id
    inner join (
      select study, id, min(value) as lowest, max(value) as highest
      from intermediate.normalised_indicators
      group by study, id
    ) as l on n.study = l.study and n.id = l.id
    where n.study = ? and n.region_code = ? and n.year = ?
    order by part desc, n.id
"""
DEFINED = """
    select id, role, value, reason from intermediate.defined_values
    where study = ? and region_code = ? and year = ?
    order by id
"""
TERMS = """
    select t.side, t.series_ref, t.series_id, t.pinned_source, v.value, s.unit
    from intermediate.definition_terms as t
    inner join definitions.series as s on t.series_id = s.series_id
    left join intermediate.series_values as v
      on t.study = v.study and t.series_ref = v.series_ref and v.region_code = ? and v.year = ?
    where t.study = ? and t.id = ?
    order by t.side desc, t.series_ref
"""
SOURCES = """
    select distinct c.source_id, c.first_year, c.last_year, c.priority
    from intermediate.source_choice as c
    inner join intermediate.usable_sources as u using (level, series_id, source_id)
    where u.study = ? and c.level = ? and c.series_id = ?
    order by c.priority, c.source_id
"""
# Of another policy than the study's own, a control, the variant is `main`, or the first there is.
POLICIES = "select distinct study, policy from intermediate.policy_years order by study, policy"
APPROVAL = """
    select v.variant, p.date, p.document, y.first_treated_year, s.policy_label_en, s.policy_label_zh
    from (
      select study, policy, variant
      from intermediate.study_policies
      where study = ? and policy = ?
      order by variant = ? desc, variant = 'main' desc, variant
      limit 1
    ) as v
    left join intermediate.policy_years as y
      on v.study = y.study and v.policy = y.policy and y.region_code = ?
    left join definitions.policies as p
      on v.policy = p.policy and v.variant = p.variant and p.level = ?
      and p.region_code = ? and p.study in ('', v.study)
    left join definitions.studies as s on v.policy = s.policy
    -- A study's own list of a policy takes the place of the catalogue's, and its words for it those
    -- of other studies.
    order by p.study desc nulls last, s.study = v.study desc, s.rowid
    limit 1
"""


def rows(read: Read, sql: str, *parameters: object) -> list[dict[str, Any]]:
    """A query as rows, blanks as None."""
    frame = read(sql, parameters).astype(object)
    return [
        {str(name): value for name, value in row.items()}
        for row in frame.where(frame.notna(), None).to_dict("records")
    ]
