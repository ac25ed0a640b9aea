{{ result_rows('est_inference', 'regression_specs', 'spec_id', "e.left_out is null", own=['cluster']) }}
