-- The neighbours that each study sees: its own, or else those of the catalogue at its level.
{{ seen_by_studies(ref('neighbours'), ['level'], ['level', 'region_code', 'neighbour_code']) }}
