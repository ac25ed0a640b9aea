{# Every combination of `columns` (where none is null) stands in `to_columns` of relation `to`. #}
{% test relationship_combination(model, columns, to, to_columns) %}
select distinct {{ columns | join(', ') }}
from {{ model }} as child
where
  {%- for column in columns %} child.{{ column }} is not null and {% endfor %}
  not exists (
    select 1
    from {{ to }} as parent
    where {% for column in columns -%}
      child.{{ column }} = parent.{{ to_columns[loop.index0] }}{{ ' and ' if not loop.last }}
    {%- endfor %}
  )
{% endtest %}
