-- A province's figure in the cell of one of its cities: equal to the last digit, in whatever source,
-- or rounded in most of the city's years, three or more. A municipality is its own province; zeros and
-- rates at their highest agree by themselves.
with compared as (
  select
    c.level, c.series_id, c.source_id, c.region_code, c.year, r.province_name, p.source_id as province_source,
    abs(c.value_delivered - p.value_delivered) <= 1e-9 * abs(p.value_delivered) as is_equal,
    abs(c.value_delivered - p.value_delivered) <= 5e-4 * abs(p.value_delivered) as is_close
  from {{ ref('observations') }} as c
  inner join (
    select city.region_code, city.province_code, province.name_en as province_name
    from {{ ref('regions') }} as city
    inner join {{ ref('regions') }} as province
      on city.province_code = province.region_code and province.level = 'province'
    where city.level = 'city' and city.region_code <> city.province_code
  ) as r on c.region_code = r.region_code
  inner join {{ ref('observations') }} as p
    on p.level = 'province' and r.province_code = p.region_code
    and c.series_id = p.series_id and c.year = p.year
  inner join {{ ref('series') }} as s on c.series_id = s.series_id
  where c.level = 'city' and c.value_delivered not in (0, s.highest)
),

counted as (
  select
    *,
    count(case when is_close then 1 end) over years as close,
    count(*) over years as years
  from compared
  window years as (partition by level, series_id, source_id, region_code, province_source)
)

select
  level, series_id, source_id, region_code, year,
  'equal to its province' as rule,
  '' as fault,
  {{ size_of_tenfold_error() }} as size,
  concat('is the figure of ', any_value(province_name), ' in ', min(province_source)) as detail
from counted
where is_equal or (is_close and close >= 3 and 2 * close > years)
group by level, series_id, source_id, region_code, year
