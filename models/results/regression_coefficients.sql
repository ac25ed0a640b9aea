{{ result_rows('est_regressions', 'regression_specs', 'spec_id', "e.term is not null") }}
