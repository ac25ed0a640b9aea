{{ result_rows('est_mediation', 'mediation_specs', 'mediation_id', "e.rho is not null") }}
