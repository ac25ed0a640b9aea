-- The columns of the panels that people query, one panel a study: what the definitions of a study ask for.
-- A dbt model is one table, so the panels themselves are made from this one, by its hook.
{{ config(post_hook="{{ make_panels() }}") }}
with fixed (section, column_name, data_type, label_en, label_zh) as (
  values
  (0, 'study', 'VARCHAR', 'Study', '研究'),
  (1, 'region_code', 'VARCHAR', 'Code of the region', '地区代码'),
  (2, 'year', 'INTEGER', 'Year', '年份'),
  (3, 'region_name_en', 'VARCHAR', 'Name of the region in English', '地区英文名称'),
  (4, 'region_name_zh', 'VARCHAR', 'Name of the region in Chinese', '地区中文名称'),
  (5, 'province_code', 'VARCHAR', 'Province that the region lies in; blank where the level has none', '所属省份代码'),
  (6, 'ever_treated', 'BOOLEAN', 'Whether the policy treats the region within the years of the study', '是否曾受政策影响'),
  (7, 'first_treated_year', 'INTEGER', 'First treated year; blank for never', '首个政策年份'),
  (8, 'relative_year', 'INTEGER', 'Years since the first treated year; blank for never', '相对政策年份'),
  (13, 'data_profile', 'VARCHAR', 'What data the study rests on', '数据来源类别')
),

columns_of_studies as (
  select s.study, f.section, 0 as position, f.column_name, f.data_type, f.label_en, f.label_zh
  from {{ ref('studies') }} as s
  cross join fixed as f
  union all
  select
    study, 9, 0, policy, 'DOUBLE',
    concat(coalesce(policy_label_en, policy), ': 1 where the policy is in force'),
    concat(coalesce(policy_label_zh, policy), '：政策实施为1')
  from {{ ref('studies') }}
  union all
  -- Other policies that the regressions of the study name.
  select
    p.study, 9, cast(dense_rank() over (partition by p.study order by p.policy) as integer), p.policy, 'DOUBLE',
    concat(p.policy, ': 1 where the policy is in force'), concat(p.policy, '：政策实施为1')
  from (select distinct study, policy from {{ ref('policy_years') }}) as p
  inner join {{ ref('studies') }} as s on p.study = s.study and p.policy <> s.policy
  union all
  select
    study,
    case when role = 'indicator' then 11 else 10 end,
    row_number() over (
      partition by study
      order by case role when 'outcome' then 1 when 'mediator' then 2 when 'control' then 3 else 4 end, id
    ),
    id, 'DOUBLE', label_en, label_zh
  from (
    select study, id, role, label_en, label_zh from {{ ref('definitions') }}
    union all
    select study, id, role, label_en, label_zh from {{ ref('derived_variables') }}
  ) as variables
  union all
  select study, 12, 0, index_id, 'DOUBLE', index_label_en, index_label_zh
  from {{ ref('studies') }}
  where index_id is not null
),

-- A study has its panel, and another one with earlier years where a specification begins before the study.
panels_of_studies as (
  select study, false as starts_earlier, concat('panel_', study) as panel from {{ ref('studies') }}
  union all
  select distinct study, true, concat('extended_panel_', study) from {{ ref('earlier_grid') }}
)

select
  c.study,
  p.panel,
  concat('{{ this.schema }}.', p.panel) as relation,
  p.starts_earlier,
  cast(row_number() over (partition by p.panel order by c.section, c.position) as integer) as position,
  c.column_name,
  c.data_type,
  c.label_en,
  c.label_zh
from columns_of_studies as c
inner join panels_of_studies as p on c.study = p.study
order by c.study, p.starts_earlier, position
