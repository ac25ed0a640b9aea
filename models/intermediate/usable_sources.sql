-- The sources of each series that a study may use: the profile's serve all studies, a study's own those that
-- own or extend it.
select distinct c.study, m.source_id, m.level, m.series_id, m.data_profile
from {{ ref('manifest') }} as m
inner join {{ ref('study_scopes') }} as c
  on m.owners = '*' or concat(' ', m.owners, ' ') like concat('% ', c.owner, ' %')
