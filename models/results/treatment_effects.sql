{{ result_rows('est_treatment_effects', 'regression_specs', 'spec_id') }}
