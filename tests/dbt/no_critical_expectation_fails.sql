-- depends_on: {{ ref('expectation_results') }}
-- What is wrong stands in expectations.message, which the error repeats: a number of rows tells nobody.
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
