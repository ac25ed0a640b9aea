-- A source that names a series and gives not one figure of it: the guide says that this stops the build,
-- unless its rows of the manifest are optional.
with figures as (
  select distinct source_id, level, series_id from {{ ref('observations') }}
),

reasons as (
  select source_id, level, series_id, string_agg(concat(cells, ' ', reason), ', ' order by cells desc, reason) as said
  from (
    select source_id, level, series_id, reason, count(*) as cells
    from {{ ref('rejected_cells') }}
    group by source_id, level, series_id, reason
  )
  group by source_id, level, series_id
),

empty_series as (
  select
    min(m.manifest_row) as manifest_row,
    concat(
      min_by(m.listed, m.manifest_row), ': ', m.source_id, ' gives no figure of ', m.series_id, ' that can be used: ',
      any_value(coalesce(r.said, 'its cells are blank')), '.'
    ) as message
  from {{ ref('manifest') }} as m
  left join figures as f on m.source_id = f.source_id and m.level = f.level and m.series_id = f.series_id
  left join reasons as r on m.source_id = r.source_id and m.level = r.level and m.series_id = r.series_id
  where f.source_id is null
  group by m.source_id, m.level, m.series_id
  having not bool_or(m.is_optional)
),

told as (
  select count(*) as series, string_agg(message, chr(10) order by manifest_row) as messages from empty_series
)

select messages
from told
where case when series > 0 then {{ stop([
  'messages', 'chr(10)',
  "'quality.rejections says what mends each. Mend it, drop the row, or let it be optional (column optional: true).'"
]) }} is null else false end
