{{ result_rows('est_mediation', 'mediation_specs', 'mediation_id', "e.step is not null") }}
