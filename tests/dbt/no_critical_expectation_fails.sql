-- depends_on: {{ ref('expectation_results') }}
-- The error repeats expectations.message, because the number of failing rows does not say what is wrong.
with failing as (
  {{ critical_failures(ref('checked_expectations')) }}
)

select messages
from failing
where case when failures > 0 then {{ stop([
  'failures', "' critical expectation(s) fail; nothing is estimated.'", 'chr(10)', 'messages', 'chr(10)',
  "'Mend the file, record a correction in corrections.csv, or accept the failure on record in waivers.csv. '",
  "'`nqp check` lists every expectation. '", "coalesce(way_on, '')"
]) }} is null else false end
