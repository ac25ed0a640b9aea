-- A placebo in space has the draws 0, 1, ... of its specification, or every assignment once where
-- there are no more; one in time a single one at its year. No summary is without its draws.
with drawn as (
  select
    placebo_id,
    count(*) as draws,
    min(draw) as first_draw,
    max(draw) as last_draw,
    min(pseudo_year) as pseudo_year
  from {{ ref('placebo_draws') }}
  where status = 'estimated'
  group by placebo_id
)

select p.placebo_id, p.kind, p.draws as asked, d.draws
from {{ ref('placebo_specs') }} as p
inner join drawn as d on p.placebo_id = d.placebo_id
left join {{ ref('placebo_summary') }} as s on p.placebo_id = s.placebo_id
where d.draws <> case when p.kind = 'space' then coalesce(s.n_assignments, p.draws) else 1 end
  or d.first_draw <> 0 or d.last_draw <> d.draws - 1
  or d.pseudo_year is distinct from p.pseudo_year
union all
select s.placebo_id, s.status, s.n_draws, d.draws
from {{ ref('placebo_summary') }} as s
left join drawn as d on s.placebo_id = d.placebo_id
where s.status = 'estimated' and (d.draws is null or s.n_draws > d.draws)
