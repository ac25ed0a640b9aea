-- The groupings that each study sees: its own, and of the catalogue those whose name it does not use itself.
{{ seen_by_studies(ref('groupings'), ['grouping'], ['grouping', 'level', 'region_code', 'group_id']) }}
