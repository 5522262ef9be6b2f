-- name: items
-- Every offering with the item it counts for: itself, or the template it was copied from.
select o.id as offering_id, coalesce(t.code, o.code) as item
from offering o left join offering t on t.id = o.template_id
order by o.id;

-- name: shelves
-- Where each launched item stands in the catalog: its family and step there, and its first category.
select distinct on (o.code) o.code as item, v.family, v.step,
       (select min(c.code) from offering_category oc join category c on c.id = oc.category_id
        where oc.offering_id = v.offering_id and oc.version = v.version) as category
from offering o join offering_version v on v.offering_id = o.id
where o.template_id is null and v.lifecycle_status = 'LAUNCHED'
order by o.code, v.version desc;

-- name: attributes
-- The declared attributes that a model may read; sensitive ones are not among them.
select code, kind from attribute where not sensitive order by code;

-- name: extent
-- How many customers there are, and between which ids.
select count(*) as customers, min(id) as first, max(id) as last from customer;

-- name: customers
-- Customers from $1 up to but not including $2, and what their own row tells of them (joined in seconds).
select id, kind, place, extract(epoch from joined_at)::float8 as joined
from customer where id >= $1::bigint and id < $2::bigint order by id;

-- name: memberships
-- The markets to which customers from $1 up to but not including $2 belong or belonged (seconds; null: open).
select m.customer_id, s.code, s.kind,
       case when isfinite(m.member_from) then ceil(extract(epoch from m.member_from))::bigint end as since,
       case when isfinite(m.member_to) then ceil(extract(epoch from m.member_to))::bigint end as until
from market_member m join market_segment s on s.id = m.market_id
where m.customer_id >= $1::bigint and m.customer_id < $2::bigint
order by m.customer_id;

-- name: profiles
-- What was known of customers from $1 up to but not including $2, and since when (seconds; null: always), until $3.
select customer_id, case when isfinite(known_from) then floor(extract(epoch from known_from))::bigint end as known_from,
       attributes
from customer_profile
where customer_id >= $1::bigint and customer_id < $2::bigint and known_from <= $3::timestamptz
order by customer_id;

-- name: holdings
-- Product rows of customers from $1 up to but not including $2 that began by the last of four cutoffs $3 … $6, and how
-- each was held at each cutoff (0 voluntary, 1 forced, 2 inactive, 3 ended). Columns never are null, so that binary
-- COPY has rows of one width. Only months that were complete at a cutoff count as known use.
with used as (
    select customer_id, offering_id,
           max(number * 32 + active_days) filter (where whole <= $3::timestamptz) as use_1,
           max(number * 32 + active_days) filter (where whole <= $4::timestamptz) as use_2,
           max(number * 32 + active_days) filter (where whole <= $5::timestamptz) as use_3,
           max(number * 32 + active_days) filter (where whole <= $6::timestamptz) as use_4
    from (
        select customer_id, offering_id, active_days, month - date '1970-01-01' as number,
               (month + interval '1 month') at time zone 'UTC' as whole
        from product_usage
        where customer_id >= $1::bigint and customer_id < $2::bigint
    ) monthly
    group by customer_id, offering_id
)
select p.customer_id, p.offering_id, coalesce(p.bundle_offering_id, p.offering_id) as order_id,
       (case when isfinite(p.start_date) then floor(extract(epoch from p.start_date))::bigint
             else -9223372036854775808 end)::bigint as start,
       (case when isfinite(p.termination_date) then ceil(extract(epoch from p.termination_date))::bigint
             else 9223372036854775807 end)::bigint as "end",
       (p.origin <> 'VOLUNTARY')::int as forced,
       array_position('{voluntary,forced,inactive,ended}'::text[],
           holding_kind(p.status, p.origin, p.termination_date, (u.use_1 % 32)::smallint, $3::timestamptz)) - 1 as kind_1,
       array_position('{voluntary,forced,inactive,ended}'::text[],
           holding_kind(p.status, p.origin, p.termination_date, (u.use_2 % 32)::smallint, $4::timestamptz)) - 1 as kind_2,
       array_position('{voluntary,forced,inactive,ended}'::text[],
           holding_kind(p.status, p.origin, p.termination_date, (u.use_3 % 32)::smallint, $5::timestamptz)) - 1 as kind_3,
       array_position('{voluntary,forced,inactive,ended}'::text[],
           holding_kind(p.status, p.origin, p.termination_date, (u.use_4 % 32)::smallint, $6::timestamptz)) - 1 as kind_4
from product p left join used u using (customer_id, offering_id)
where p.customer_id >= $1::bigint and p.customer_id < $2::bigint and p.start_date <= $6::timestamptz;

-- name: save_model
-- Keep a trained model; it does not serve until it is promoted.
insert into model (created_at, manifest, artifact, sha256, drift) values ($1, $2, $3, $4, $5) returning version;

-- name: model
-- One model with its bytes.
select version, manifest, artifact from model where version = $1;

-- name: models
-- All models, newest first, without their bytes.
-- returns: recommender.model_store.ModelRow
select m.version, m.created_at, m.promoted_at, m.sha256, s.version is not null as is_serving,
       m.manifest -> 'roles' -> 'warm' ->> 'name' as warm, m.manifest -> 'roles' -> 'cold' ->> 'name' as cold
from model m left join model_serving s on s.version = m.version
order by m.version desc;

-- name: newest
-- The newest model, whether it serves or not, and how its data differ from those before.
-- returns: recommender.model_store.Newest
select version, created_at, drift from model order by version desc limit 1;

-- name: prune
-- Forget models that never served and are not among the last $1.
delete from model
where promoted_at is null and version not in (select version from model order by version desc limit $1)
returning version;

-- name: serving
-- The model that serves now, with its bytes.
select m.version, m.manifest, m.artifact from model_serving s join model m using (version);

-- name: serving_version
-- Which model serves now, and which one served before it.
select version, previous from model_serving;

-- name: mark_promoted
-- Note when a model was promoted.
update model set promoted_at = $2 where version = $1;

-- name: serve_model
-- Make a model the one that serves; the one before it is remembered for a rollback.
insert into model_serving (version, since) values ($1, $2)
on conflict (only_row) do update
set previous = model_serving.version, version = excluded.version, since = excluded.since
where model_serving.version <> excluded.version;

-- name: announce_model
-- Tell every server process at commit which model serves.
select pg_notify('model', $1::int::text);

-- name: health
-- How healthy each product is, as it was last reckoned.
select offering_id, health from product_health;
