-- A province's figure in the cell of one of its cities: equal to the last digit, in whatever source.
-- A municipality is its own province; zeros and rates at their highest agree by themselves.
select
  c.level, c.series_id, c.source_id, c.region_code, c.year,
  'equal to its province' as rule,
  '' as fault,
  {{ size_of_the_impossible() }} as size,
  concat('is the figure of ', any_value(r.province_name), ' in ', min(p.source_id)) as detail
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
where c.level = 'city'
  and c.value_delivered not in (0, s.highest)
  and abs(c.value_delivered - p.value_delivered) <= 1e-9 * abs(p.value_delivered)
group by c.level, c.series_id, c.source_id, c.region_code, c.year
