-- Customers and what was known of them, from a staged file into the tables. $1 of `key` names the columns that the file
-- has: what it has not, stays. A customer may stand in the file several times, each with another known_from.

-- name: stage
-- The rows of the file as they were checked; the tags as an array's text, the attributes as JSON.
create table staging.rows (
    line bigint not null, spared boolean, id text, kind text, status text, msisdn text, name text, place text,
    brand text, joined_at timestamptz, enterprise text, industry text, size_class text, account_manager text,
    tags text, personalisation boolean, known_from timestamptz, attributes text
) partition by hash (id);

-- name: key
-- Each row with why it cannot land if so (verdict), and the customer it makes of what is known; `is_latest` marks the row
-- of each customer that was known last.
create unlogged table staging.keyed as
with named as (
    select s.line, s.spared, s.id as code, coalesce(s.known_from, '-infinity') as known_from, s.kind, s.status, s.msisdn,
           s.name, s.place, s.brand, s.joined_at, s.enterprise, s.industry, s.size_class, s.account_manager, s.tags,
           s.personalisation, s.attributes, row_number() over file = 1 as is_latest,
           lag(s.spared) over file is not distinct from s.spared
               and lag(coalesce(s.known_from, '-infinity')) over file = coalesce(s.known_from, '-infinity') as is_repeated
    from staging.rows s
    window file as (partition by s.id order by s.spared nulls first, coalesce(s.known_from, '-infinity') desc, s.line)
), matched as (
    select n.line, case when n.spared then 'spared' when n.is_repeated then 'duplicate' end as verdict,
           n.code, n.known_from, n.attributes::jsonb as attributes, n.is_latest, c.code is not null as held,
           coalesce(n.kind, c.kind, 'PERSON') as kind,
           coalesce(n.status, c.status, 'active') as status,
           case when 'msisdn' = any($1::text[]) then n.msisdn else c.msisdn end as msisdn,
           case when 'name' = any($1) then n.name else c.name end as name,
           case when 'place' = any($1) then n.place else c.place end as place,
           case when 'brand' = any($1) then n.brand else c.brand end as brand,
           case when 'joined_at' = any($1) then n.joined_at else c.joined_at end as joined_at,
           case when 'enterprise' = any($1) then n.enterprise else c.enterprise end as enterprise,
           case when 'industry' = any($1) then n.industry else c.industry end as industry,
           case when 'size_class' = any($1) then n.size_class else c.size_class end as size_class,
           case when 'account_manager' = any($1) then n.account_manager else c.account_manager end as account_manager,
           coalesce(case when 'tags' = any($1) then n.tags::text[] else c.tags end, '{}') as tags,
           coalesce(n.personalisation, c.personalisation, true) as personalisation,
           c.kind as was_kind, c.status as was_status, c.msisdn as was_msisdn, c.name as was_name, c.place as was_place,
           c.brand as was_brand, c.joined_at as was_joined, c.enterprise as was_enterprise, c.industry as was_industry,
           c.size_class as was_size, c.account_manager as was_manager, c.tags as was_tags,
           c.personalisation as was_personalisation
    from named n left join customer_p00 c on c.code = n.code
)
select line, verdict, code, known_from, attributes, is_latest, held, kind, status, msisdn, name, place, brand,
       joined_at, enterprise, industry, size_class, account_manager, tags, personalisation,
       held and is_latest and (kind, status, msisdn, name, place, brand, joined_at, enterprise, industry, size_class,
                               account_manager, tags, personalisation) is distinct from
           (was_kind, was_status, was_msisdn, was_name, was_place, was_brand, was_joined, was_enterprise, was_industry,
            was_size, was_manager, was_tags, was_personalisation) as differs
from matched;

-- name: reject
-- Rows that repeat a customer with the same known_from.
insert into import_reject (batch_id, line, column_name, value, reason)
select $1::bigint, k.line, 'id', regexp_replace(k.code, '(1[3-9][0-9])[0-9]{4}([0-9]{4})', '\1****\2'),
       jsonb_build_object('en', 'same key as line ' || f.line, 'zh', '与第 ' || f.line || ' 行的键相同')
from staging.keyed k
join staging.keyed f on f.verdict is null and f.code = k.code and f.known_from = k.known_from
where k.verdict = 'duplicate';

-- name: update
-- Changes who is known and differs.
update customer_p00 c
set (kind, status, msisdn, name, place, brand, joined_at, enterprise, industry, size_class, account_manager, tags,
     personalisation, etag, updated_at) =
    (k.kind, k.status, k.msisdn, k.name, k.place, k.brand, k.joined_at, k.enterprise, k.industry, k.size_class,
     k.account_manager, k.tags, k.personalisation, c.etag + 1, now())
from staging.keyed k
where k.verdict is null and k.is_latest and k.differs and c.code = k.code;

-- name: insert
-- Adds who was not known; each gets an id.
insert into customer_p00 (code, kind, status, msisdn, name, place, brand, joined_at, enterprise, industry, size_class,
                          account_manager, tags, personalisation)
select code, kind, status, msisdn, name, place, brand, joined_at, enterprise, industry, size_class, account_manager,
       tags, personalisation
from staging.keyed
where verdict is null and is_latest and not held
order by code;

-- name: first_profile
-- Dates what is known of customers who were not: a row only where the attributes differ from those just before.
insert into customer_profile (customer_id, known_from, attributes)
select c.id, k.known_from, k.attributes
from (
    select code, known_from, attributes, lag(attributes, 1, '{}') over (partition by code order by known_from) as before
    from staging.keyed where verdict is null and not held
) k
join customer_p00 c on c.code = k.code
where k.attributes <> k.before
order by c.id, k.known_from;

-- name: profile
-- Dates what was known of who was known: a row only where the attributes of the file ($1) differ from those known just before, other
-- attributes carried on. Counts the customers of whom nothing else changed.
with dated as (
    select c.id as customer_id, k.known_from, not k.differs as is_only,
           before.known_from as before_from, coalesce(before.attributes, '{}') as before_attributes,
           (coalesce(before.attributes, '{}') - $1::text[]) || k.attributes as attributes
    from staging.keyed k
    join customer_p00 c on c.code = k.code
    left join lateral (
        select p.known_from, p.attributes from customer_profile p
        where p.customer_id = c.id and p.known_from <= k.known_from order by p.known_from desc limit 1
    ) before on true
    where k.verdict is null and k.held
), chained as (
    select d.*, lag(known_from) over chain as file_from, lag(attributes) over chain as file_attributes,
           bool_and(is_only) over (partition by customer_id) as is_only_change
    from dated d
    window chain as (partition by customer_id order by known_from)
), changed as (
    insert into customer_profile (customer_id, known_from, attributes)
    select customer_id, known_from, attributes from chained
    where attributes is distinct from
        case when file_from >= coalesce(before_from, '-infinity') then file_attributes else before_attributes end
    order by customer_id, known_from
    on conflict (customer_id, known_from) do update set attributes = excluded.attributes
    returning customer_id
)
select count(distinct h.customer_id) from changed h join chained d using (customer_id) where d.is_only_change;

-- name: terminate
-- Closes the customers that a full state leaves out; $1 is the file's date.
update customer c set status = 'closed', etag = c.etag + 1, updated_at = now()
where c.status <> 'closed' and (c.joined_at is null or c.joined_at <= $1::timestamptz)
  and not exists (select from staging.keyed k where k.code = c.code);

-- name: kept
-- How many rows of the file are about what was there already.
select count(*) from staging.keyed where held;
