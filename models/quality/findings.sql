-- Every cell that a rule of quality.review finds. Where many cells have one fault (another vintage, a
-- column in another unit, a copied year), the cell that departs most represents them in quality.review,
-- with their number.
with found as (
  {% for rule, lasts in [
    ('found_jumps', false), ('found_disagreements', true), ('found_province_figures', false),
    ('found_broken_identities', true), ('found_constants', true), ('found_out_of_range', false),
    ('found_doubtful_texts', false), ('found_boundary_breaks', false)
  ] -%}
  select level, series_id, source_id, region_code, year, rule, fault, size, detail, {{ lasts }} as lasts
  from {{ ref(rule) }}
  {{- ' union all' if not loop.last }}
  {% endfor %}
),

-- What a moved boundary explains is no jump.
told_apart as (
  select *
  from found
  qualify rule <> 'jump over the year'
    or not bool_or(rule = 'boundary moved') over (partition by level, series_id, source_id, region_code, year)
),

-- The years in a row in which a rule points at a region share a number.
runs as (
  select
    *,
    year - row_number() over (
      partition by rule, fault, level, series_id, source_id, region_code order by year
    ) as run
  from told_apart
),

figures as (
  select
    level, series_id, source_id, region_code, year, value_delivered, corrected, file, sheet, row_no, col_no,
    count(*) over (partition by level, series_id, source_id) as in_column,
    count(*) over (partition by level, series_id, source_id, year) as in_year,
    count(*) over (partition by level, series_id, source_id, region_code) as in_region
  from {{ ref('observations') }}
),

counted as (
  select
    r.*,
    f.* exclude (level, series_id, source_id, region_code, year),
    count(*) over column_ as found_in_column,
    count(*) over year_ as found_in_year,
    count(*) over region_ as found_in_region,
    count(*) over run_ as found_in_run,
    {{ median('r.size') }} over column_ as size_in_column,
    {{ median('r.size') }} over year_ as size_in_year,
    {{ median('r.size') }} over region_ as size_in_region,
    {{ median('r.size') }} over run_ as size_in_run
  from runs as r
  inner join figures as f using (level, series_id, source_id, region_code, year)
  window
    column_ as (partition by r.rule, r.fault, r.level, r.series_id, r.source_id),
    year_ as (partition by r.rule, r.fault, r.level, r.series_id, r.source_id, r.year),
    region_ as (partition by r.rule, r.fault, r.level, r.series_id, r.source_id, r.region_code),
    run_ as (partition by r.rule, r.fault, r.level, r.series_id, r.source_id, r.region_code, r.run)
),

-- A cell that departs far more than the others with the same fault has a row of its own in quality.review.
scoped as (
  select
    *,
    case
      when rule = 'text beside the table' then 'sheet'
      {%- for scope in ['column', 'year', 'region'] %}
      when found_in_{{ scope }} >= {{ var('review_many') }} and 2 * found_in_{{ scope }} > in_{{ scope }}
        and size <= {{ var('jump_factor') }} * size_in_{{ scope }}
        then '{{ scope }}'
      {%- endfor %}
      when lasts and found_in_run > 1 and size <= {{ var('jump_factor') }} * size_in_run then 'run'
      else 'cell'
    end as scope
  from counted
),

described as (
  select
    *,
    count(*) over together as cells,
    row_number() over (together order by size desc, region_code, year) = 1 as leads
  from scoped
  window together as (
    partition by
      rule, fault, level, series_id, source_id, scope,
      case when scope in ('year', 'cell') then year end,
      case when scope in ('region', 'run', 'cell') then region_code end,
      case when scope = 'run' then run end
  )
)

select
  rule, level, series_id, source_id, region_code, year, scope, cells, leads, size,
  case scope
    when 'column' then concat(cells, ' of the ', in_column, ' figures of the column, here the furthest: ', detail)
    when 'year' then concat(cells, ' of the ', in_year, ' figures of the year, here the furthest: ', detail)
    when 'region' then concat(cells, ' of the ', in_region, ' figures of the region, here the furthest: ', detail)
    when 'run' then concat(cells, ' years in a row, here the furthest: ', detail)
    else detail
  end as detail,
  fault, value_delivered, corrected, file, sheet, row_no, col_no
from described
