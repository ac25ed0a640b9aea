-- Standardised differences in percent, before and after matching.
{{ result_rows('est_matching_balance', 'matching_specs', 'matching_id', "e.status = 'estimated'") }}
