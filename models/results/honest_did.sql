{{ result_rows('est_event_studies', 'event_study_specs', 'event_study_id', "coalesce(e.part, 'honest_did') = 'honest_did'") }}
