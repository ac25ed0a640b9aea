-- Rows that take part in a matching: weight 0 where the row found no partner.
{{ result_rows('est_matched_samples', 'matching_specs', 'matching_id', "e.status = 'estimated'") }}
