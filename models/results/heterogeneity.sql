{{ result_rows('est_heterogeneity', 'heterogeneity_specs', 'comparison_id') }}
