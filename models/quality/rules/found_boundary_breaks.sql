select
  '' as level, '' as series_id, '' as source_id, '' as region_code, 0 as year, 'boundary' as rule, '' as fault, 0.0 as size, '' as detail
where false
