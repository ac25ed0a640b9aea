{{ result_rows('est_placebo_summary', 'placebo_specs', 'placebo_id') }}
