{{ result_rows('est_placebo_draws', 'placebo_specs', 'placebo_id') }}
