{{ result_rows('est_specification_curve', 'curve_specs', 'curve_id') }}
