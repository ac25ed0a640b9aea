{{ result_rows('est_effect_contributions', 'regression_specs', 'spec_id', "e.status = 'estimated'") }}
