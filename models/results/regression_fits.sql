with fits as (
  {{ result_rows('est_regressions', 'regression_specs', 'spec_id', "e.term is null") }}
)

select
  fits.* replace (
    -- Rows that alone have an effect: those kept in the fit, or dropped before it.
    fits.n_singletons + p.n_singletons as n_singletons,
    cast(nullif(concat_ws(' ', fits.cautions, c.cautions), '') as varchar) as cautions
  )
from fits
inner join {{ ref('samples') }} as p on fits.spec_id = p.spec_id
left join {{ ref('definition_cautions') }} as c on fits.spec_id = c.spec_id and fits.status = 'estimated'
