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

-- name: alone
-- For a session that reads everybody, of which there is one to a core: no helpers, and memory for sums of use.
select set_config('max_parallel_workers_per_gather', '0', false) as helpers, set_config('work_mem', '64MB', false) as memory;

-- name: customers
-- Customers from $1 up to but not including $2, and what their own row tells of them (joined in seconds).
select id, kind, place, date_part('epoch', joined_at) as joined
from customer where id >= $1::bigint and id < $2::bigint;

-- name: memberships
-- The markets to which customers from $1 up to but not including $2 belong or belonged; no end is at infinity.
select customer_id, market_id, member_from, coalesce(member_to, 'infinity') as member_to
from market_member
where customer_id >= $1::bigint and customer_id < $2::bigint;

-- name: markets
-- All markets in the order of their codes.
select id, code, kind from market_segment order by code;

-- name: profiles
-- What was known of customers from $1 up to but not including $2, and since when (-infinity: always), until $3.
select customer_id, known_from, attributes
from customer_profile
where customer_id >= $1::bigint and customer_id < $2::bigint and known_from <= $3::timestamptz;

-- name: holdings
-- Product rows of customers from $1 up to but not including $2 that began by $3. Columns never are null, so that binary
-- COPY has rows of one width: no end is at infinity, one that nobody dated at -infinity. Nothing is reckoned here that
-- arrays reckon cheaper: of eighty million rows every function costs seconds.
select customer_id, offering_id, coalesce(bundle_offering_id, offering_id) as order_id, start_date,
       coalesce(termination_date, case when status in ('terminated', 'cancelled', 'aborted') then '-infinity'::timestamptz
                                       else 'infinity' end) as "end",
       origin <> 'VOLUNTARY' as forced
from product
where customer_id >= $1::bigint and customer_id < $2::bigint and start_date <= $3::timestamptz;

-- name: unused
-- What customers from $1 up to but not including $2 did not use at all in the last month known, as it was known before
-- each of the months $3 … $6; pairs of whom that was never so are left out.
select customer_id, offering_id, use_1 = 0 as idle_1, use_2 = 0 as idle_2, use_3 = 0 as idle_3, use_4 = 0 as idle_4
from (
    select customer_id, offering_id,
           coalesce(max(number * 32 + active_days) filter (where month < $3::date) % 32, -1) as use_1,
           coalesce(max(number * 32 + active_days) filter (where month < $4::date) % 32, -1) as use_2,
           coalesce(max(number * 32 + active_days) filter (where month < $5::date) % 32, -1) as use_3,
           coalesce(max(number * 32 + active_days) filter (where month < $6::date) % 32, -1) as use_4
    from (
        select customer_id, offering_id, month, active_days, month - date '1970-01-01' as number
        from product_usage
        where customer_id >= $1::bigint and customer_id < $2::bigint and month < $6::date
    ) monthly
    group by customer_id, offering_id
) known
where use_1 = 0 or use_2 = 0 or use_3 = 0 or use_4 = 0;

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
