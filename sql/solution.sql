-- name: applications
-- The applications of the solution $1 (null: of any) to the markets $2 (null: to any), by solution and market.
select a.solution, m.code as market, a.parameters, a.solution_etag, a.etag, a.applied_at, a.applied_by
from solution_application a join market_segment m on m.id = a.market_id
where ($1::text is null or a.solution = $1) and ($2::text[] is null or m.code = any($2))
order by a.solution, m.code;

-- name: parts
-- The templates of the applications of the solution $1 (null: of any) to the markets $2 (null: to any); without what the
-- solution said of them unless $3.
select p.solution, m.code as market, t.code as template, p.template_version, c.code as copy,
       case when $3::bool then p.base end as base
from solution_part p
join market_segment m on m.id = p.market_id
join offering t on t.id = p.template_id
left join offering c on c.id = p.copy_id
where ($1::text is null or p.solution = $1) and ($2::text[] is null or m.code = any($2))
order by p.solution, m.code, t.code;

-- name: owners
-- Which solution made each of the copies $1.
select c.code as copy, p.solution from solution_part p join offering c on c.id = p.copy_id where c.code = any($1::text[]);

-- name: uses
-- Where the offering $1 is used by solutions that were applied: as a template, or as a market's copy.
select p.solution, m.code as market, t.code as template, c.code as copy
from solution_part p
join market_segment m on m.id = p.market_id
join offering t on t.id = p.template_id
left join offering c on c.id = p.copy_id
where t.code = $1 or c.code = $1
order by m.code, p.solution;

-- name: put_application
-- Remembers an application; one that is there already gets its next etag.
insert into solution_application (solution, market_id, parameters, solution_etag, applied_at, applied_by)
select $1, m.id, $3, $4, $5, $6 from market_segment m where m.code = $2
on conflict (solution, market_id) do update
set parameters = excluded.parameters, solution_etag = excluded.solution_etag, applied_at = excluded.applied_at,
    applied_by = excluded.applied_by, etag = solution_application.etag + 1;

-- name: put_part
-- Remembers what a market got for a template.
insert into solution_part (solution, market_id, template_id, template_version, copy_id, base)
select $1, m.id, t.id, $4, c.id, $6
from market_segment m
join offering t on t.code = $3
left join offering c on c.code = $5
where m.code = $2
on conflict (solution, market_id, template_id) do update
set template_version = excluded.template_version, copy_id = excluded.copy_id, base = excluded.base;

-- name: put_offerings
-- The rows of new offerings $1 with their templates $2.
insert into offering (code, template_id)
select n.code, t.id from unnest($1::text[], $2::text[]) n (code, template) join offering t on t.code = n.template
returning id, code;

-- name: delete_versions
-- Removes versions that are rewritten in place, unless somebody was faster; how many there were.
with gone as (
    delete from offering_version v using unnest($1::int[], $2::int[], $3::bigint[]) n (id, version, etag)
    where v.offering_id = n.id and v.version = n.version and v.etag = n.etag
    returning 1
)
select count(*) from gone;
