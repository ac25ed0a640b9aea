-- Indicators and variables in the years of each study.
{{ values_by_definition('study_grid') }}
