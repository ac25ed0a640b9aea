-- Standardised differences in percent, before and after matching.
select
  cast(b.matching_id as varchar) as matching_id,
  s.study,
  cast(b.covariate as varchar) as covariate,
  {%- for statistic in ['mean_treated', 'mean_control', 'std_diff', 'variance_ratio', 't_statistic', 'p_value'] %}
  {%- for moment in ['before', 'after'] %}
  cast(b.{{ statistic }}_{{ moment }} as double) as {{ statistic }}_{{ moment }},
  {%- endfor %}
  {%- endfor %}
  {{ rests_on('s.study') }}
from {{ ref('est_matching_balance') }} as b
inner join {{ ref('matching_input') }} as s on b.matching_id = s.matching_id
where b.status = 'estimated'
