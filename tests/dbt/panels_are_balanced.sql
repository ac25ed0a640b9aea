-- depends_on: {{ ref('panels') }}
-- Every study has each of its units in each of its years, once: in its grid and in its panel.
with sizes as (
  {% for row in (run_query('select distinct study, panel from ' ~ ref('panels') ~ ' where not starts_earlier order by study').rows
     if execute and load_relation(ref('panels')) is not none else []) %}
  select
    {{ text_literal(row[0]) }} as study, count(*) as unit_years,
    count(distinct (region_code, year)) as different, count(distinct region_code) as units
  from {{ ref('panels').schema }}.{{ quoted_name(row[1]) }}
  union all
  {% endfor %}
  select null, 0, 0, 0 where false
)

select s.study, p.unit_years
from {{ ref('studies') }} as s
left join sizes as p on s.study = p.study
where p.unit_years is distinct from p.units * (s.last_year - s.first_year + 1)
  or p.different is distinct from p.unit_years
  or p.unit_years is distinct from (select count(*) from {{ ref('study_grid') }} as g where g.study = s.study)
