{{ result_rows('est_two_way_decomposition', 'regression_specs', 'spec_id') }}
