{{ result_rows('est_index_sensitivity', 'regression_specs', 'spec_id') }}
