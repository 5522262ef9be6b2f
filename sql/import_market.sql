-- Markets, from a staged file into the table. $1 of `key` names the columns that the file has, $2 its facts.

-- name: stage
-- The rows of the file as they were checked; the potential in ten-thousandths, the facts as JSON.
create table staging.rows (
    line bigint not null, spared boolean, code text, kind text, name_zh text, name_en text, place text, size bigint,
    potential bigint, facts text
) partition by hash (code);

-- name: key
-- Each row with why it cannot land if so (verdict), and the market it makes of what is known; a market that is listed is
-- open (again).
create unlogged table staging.keyed as
with judged as (
    select s.*, first_value(s.line) over (partition by s.code order by s.spared nulls first, s.line) as first_line
    from staging.rows s
), named as (
    select j.line, j.code, j.first_line, j.kind, m.id,
           case when j.spared then 'spared' when j.first_line <> j.line then 'duplicate' end as verdict,
           jsonb_strip_nulls(jsonb_build_object(
               'zh', case when 'name_zh' = any($1::text[]) then j.name_zh else m.name ->> 'zh' end,
               'en', case when 'name_en' = any($1) then j.name_en else m.name ->> 'en' end
           )) as name,
           case when 'place' = any($1) then j.place else m.place end as place,
           case when 'size' = any($1) then j.size else m.size end as size,
           case when 'potential' = any($1) then j.potential * 0.0001 else m.potential end as potential,
           (coalesce(m.facts, '{}') - $2::text[]) || coalesce(j.facts::jsonb, '{}') as facts,
           tstzrange(lower(m.valid), null) as valid,
           m.kind as was_kind, m.name as was_name, m.place as was_place, m.size as was_size,
           m.potential as was_potential, m.facts as was_facts, m.valid as was_valid
    from judged j left join market_segment m on m.code = j.code
), whole as (
    select n.line, n.code, n.first_line, n.kind, n.id, n.verdict, n.id is not null as held,
           case when n.name = '{}' then jsonb_build_object('en', n.code) else n.name end as name,
           n.place, n.size, n.potential, n.facts, n.valid, was_kind, was_name, was_place, was_size, was_potential,
           was_facts, was_valid
    from named n
)
select line, code, first_line, kind, id, verdict, held, name, place, size, potential, facts, valid,
       held and (kind, name, place, size, potential, facts, valid) is distinct from
           (was_kind, was_name, was_place, was_size, was_potential, was_facts, was_valid) as differs
from whole;

-- name: reject
-- Rows that repeat a market of the file.
insert into import_reject (batch_id, line, column_name, value, reason)
select $1::bigint, line, 'code', code,
       jsonb_build_object('en', 'same key as line ' || first_line, 'zh', '与第 ' || first_line || ' 行的键相同')
from staging.keyed where verdict <> 'spared';

-- name: update
-- Changes what is known and differs.
update market_segment m
set (kind, name, place, size, potential, facts, valid, etag) =
    (k.kind, k.name, k.place, k.size, k.potential, k.facts, k.valid, m.etag + 1)
from staging.keyed k
where k.verdict is null and k.differs and m.id = k.id;

-- name: insert
-- Adds what was not known.
insert into market_segment (code, kind, name, place, size, potential, facts)
select code, kind, name, place, size, potential, facts
from staging.keyed where verdict is null and not held order by line;

-- name: terminate
-- Closes at $1 the markets that a full state leaves out.
update market_segment m
set valid = tstzrange(lower(m.valid), greatest(lower(m.valid), $1::timestamptz)), etag = m.etag + 1
where not isempty(m.valid) and (upper(m.valid) is null or upper(m.valid) > $1)
  and not exists (select from staging.keyed k where k.code = m.code);

-- name: kept
-- How many rows of the file are about what was there already.
select count(*) from staging.keyed where held;
