"""What the report reads of a published file, by name."""

from __future__ import annotations

# Studies and their rows come in the order in which the definitions list them.
QUERIES = {
    "figures": """
        select f.* from results.figures as f
        inner join definitions.figure_specs as s
          on f.study = s.study and f.figure_id = s.figure_id
        order by s.rowid
    """,
    "table_specs": "from definitions.table_specs",
    "studies": "from definitions.studies",
    "profiles": "from intermediate.study_profiles",
    "series": "from definitions.series",
    "units": "from definitions.units",
    "variables": "from definitions.variables",
    "indicators": "from definitions.indicators",
    "specs": "from definitions.regression_specs",
    "coefficients": """
        select c.*, f.df from results.regression_coefficients as c
        inner join results.regression_fits as f on c.spec_id = f.spec_id
    """,
    "fits": "from results.regression_fits",
    # The index is an outcome and the policy the treatment.
    "descriptives": """
        select
          d.* replace (
            case d.role when 'index' then 'outcome' when 'policy' then 'treatment' else d.role end
            as role
          )
        from results.descriptive_statistics as d
        inner join definitions.studies as s on d.study = s.study
        left join definitions.variables as v
          on d.study = v.study and d.variable_id = v.variable_id
        order by s.rowid, v.rowid
    """,
    "conclusions": """
        from results.conclusions
        order by study, table_number, column_number
    """,
    "mediation": """
        select m.*, s.mediator_spec, s.outcome_spec
        from results.mediation as m
        inner join definitions.mediation_specs as s on m.mediation_id = s.mediation_id
        order by s.rowid
    """,
    "mediation_steps": "from results.mediation_steps order by mediation_id, step",
    "heterogeneity": """
        select h.* from results.heterogeneity as h
        inner join definitions.heterogeneity_specs as s on h.comparison_id = s.comparison_id
        order by s.rowid
    """,
    "event_study": "from results.event_study",
    "event_study_tests": "from results.event_study_tests",
    "honest_did": "from results.honest_did",
    # Estimates that never compare with treated units, measured from the year before the policy too.
    "staggered": """
        select e.event_study_id, t.method, t.control_group, t.relative_year, t.estimate,
          t.conf_low, t.conf_high
        from results.treatment_effects as t
        inner join definitions.event_study_specs as e
          on t.spec_id = e.base_spec and e.reference = -1 and e.second_reference is null
        where t.aggregation = 'dynamic' and t.relative_year is not null
          and t.status = 'estimated'
          -- Of Callaway and Sant'Anna's estimates those against units that are never treated.
          and coalesce(t.control_group, 'never treated') = 'never treated'
        order by t.method, t.relative_year
    """,
    "placebo_summary": "from results.placebo_summary",
    "placebo_draws": "from results.placebo_draws",
    "matched_samples": """
        select m.*, s.keep = 'weights' as weighted
        from results.matched_samples as m
        inner join definitions.matching_specs as s on m.matching_id = s.matching_id
        -- Of a matching that several samples ask for, the first.
        qualify m.sample_id = min(m.sample_id) over (partition by m.matching_id)
    """,
    "weights": """
        select w.*, i.position
        from marts.entropy_weights as w
        inner join definitions.indicators as i
          on w.study = i.study and w.indicator = i.indicator_id
        order by w.study, i.position
    """,
    "means": """
        select
          p.study, p.variable_id, p.year, r.ever_treated as treated,
          avg(p.value) as mean, count(p.value) as n_units
        from marts.panel_long as p
        inner join marts.regions as r on p.study = r.study and p.region_code = r.region_code
        where (p.study, p.variable_id) in (
          select (study, subject) from results.figures where kind = 'index_over_time'
        )
        group by all
    """,
    "curves": """
        select c.*, s.base_spec
        from results.specification_curve as c
        inner join definitions.curve_specs as s on c.curve_id = s.curve_id
    """,
    "two_way": "from results.two_way_decomposition",
    # The average effect by estimators that never compare with units treated already.
    "averages": """
        from results.treatment_effects
        where aggregation = 'simple' and method in ('callaway_santanna', 'imputation')
          and status = 'estimated' and coalesce(control_group, 'never treated') = 'never treated'
    """,
    # Groups, groupings and other studies' policies, by the names that specifications give them.
    "group_labels": """
        select g.study, concat(g.grouping, '=', g.group_id) as name,
          any_value(l.label_en) as label_en, any_value(l.label_zh) as label_zh
        from intermediate.study_groupings as g
        inner join definitions.grouping_labels as l
          on g.grouping = l.grouping and g.group_id = l.group_id and l.study in ('', g.study)
        group by all
        union all
        select distinct u.study, concat('province_code=', r.region_code), r.name_en, r.name_zh
        from intermediate.study_units as u
        inner join definitions.regions as r
          on r.level = 'province' and u.province_code = r.region_code
        union all
        -- A grouping is called by its groups.
        select study, grouping, string_agg(label_en, ', ' order by group_id),
          string_agg(label_zh, '、' order by group_id)
        from (
          select distinct g.study, g.grouping, g.group_id, l.label_en, l.label_zh
          from intermediate.study_groupings as g
          inner join definitions.grouping_labels as l
            on g.grouping = l.grouping and g.group_id = l.group_id and l.study in ('', g.study)
        )
        group by all
        union all
        select s.study, o.policy, any_value(o.policy_label_en), any_value(o.policy_label_zh)
        from definitions.studies as s
        inner join definitions.studies as o on s.policy <> o.policy
        where o.policy_label_en is not null and o.policy_label_zh is not null
        group by all
        union all
        select study, 'neighbours=of_treated', 'Neighbours of the treated', '处理组的邻近地区'
        from definitions.studies
    """,
    "expectations": """
        from quality.expectation_results
        where run_id = (select arg_max(run_id, checked_at) from quality.expectation_results)
    """,
    "policy_years": """
        select distinct study, first_treated_year as year from marts.regions where ever_treated
    """,
}
