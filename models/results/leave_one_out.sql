{{ result_rows('est_inference', 'regression_specs', 'spec_id', "e.left_out is not null", own=['cluster']) }}
