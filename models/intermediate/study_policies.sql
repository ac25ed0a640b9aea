-- The policies that each study sees: its own, and of the catalogue those that it does not list itself.
{{ seen_by_studies(
  ref('policies'), ['policy', 'variant', 'level'], ['policy', 'variant', 'level', 'region_code', 'date', 'assigned_alone']
) }}
