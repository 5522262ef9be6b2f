-- name: code_by_msisdn
-- The operator's id of whoever has this number now; a recycled number belongs to the customer who joined last.
select code from customer where msisdn = $1 and status <> 'closed' order by joined_at desc nulls last, id desc limit 1;

-- name: look_up
-- One customer within a region ($2, null: everywhere) with all that an answer needs at $3, and the audit row of this
-- look-up, in one statement. A refused look-up leaves its row too and returns nothing. Use is known by complete months,
-- refusals count since $8, what was shown since $9. The function is that of migration 0018.
select * from look_up_customer($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: look_up_number
-- The same of whoever has the number $1 now, as `code_by_msisdn` finds them, without a second way to the database.
select l.*
from (
    select code from customer where msisdn = $1 and status <> 'closed' order by joined_at desc nulls last, id desc limit 1
) found, look_up_customer(found.code, $2, $3, $4, $5, $6, $7, $8, $9) l;

-- name: market_members
-- A fixed sample of at most $3 members of a market at $2, with what each holds; sampling is by a hash, so it repeats.
-- The number of all members stands in every row.
with belonging as (
    select m.customer_id, count(*) over () as members
    from market_member m
    where m.market_id = $1 and m.member_from <= $2 and (m.member_to is null or m.member_to > $2)
    group by m.customer_id
    order by hashint8(m.customer_id), m.customer_id limit $3
)
select b.members, b.customer_id, coalesce(known.attributes, '{}') as attributes, held.offering_ids, held.holding_kinds,
       held.ends, who.kind, who.status, who.place, who.brand, who.joined_at, who.enterprise, who.industry,
       who.size_class, tags_at(who.tags, who.tagging, $2) as tags, who.personalisation, member.markets
from belonging b
join customer who on who.id = b.customer_id
left join lateral (
    select array_agg(distinct s.code) as markets
    from market_member m join market_segment s on s.id = m.market_id
    where m.customer_id = b.customer_id and m.member_from <= $2 and (m.member_to is null or m.member_to > $2)
) member on true
left join lateral (
    select attributes from customer_profile p where p.customer_id = b.customer_id and p.known_from <= $2
    order by p.known_from desc limit 1
) known on true
left join lateral (
    select array_agg(p.offering_id) as offering_ids,
           array_agg(holding_kind(p.status, p.origin, p.termination_date, u.active_days, $2)) as holding_kinds,
           array_agg(p.termination_date) as ends
    from product p
    left join lateral (
        select active_days from product_usage u
        where u.customer_id = p.customer_id and u.offering_id = p.offering_id and (u.month + interval '1 month') at time zone 'UTC' <= $2
        order by u.month desc limit 1
    ) u on true
    where p.customer_id = b.customer_id and p.start_date <= $2
) held on true
order by b.customer_id;

-- name: market_size
-- How many members a market has at $2.
select count(distinct customer_id) from market_member
where market_id = $1 and member_from <= $2 and (member_to is null or member_to > $2);

-- name: id_within
-- The internal id of a customer within a region, for a write; the row is held until the transaction ends.
select id from customer
where code = $1 and ($2::text is null or place = $2 or starts_with(place, $2 || '/'))
for key share;

-- name: put_product
-- A subscription lands: made or changed by its key; no row comes back when nothing changed.
insert into product (customer_id, offering_id, start_date, instance, termination_date, status, origin,
                     bundle_offering_id, price, channel, agent)
values ($1, $2, coalesce($3, '-infinity'::timestamptz), $4, $5, $6::product_status, $7::product_origin, $8, $9, $10, $11)
on conflict (customer_id, offering_id, start_date, instance) do update
set (termination_date, status, origin, bundle_offering_id, price, channel, agent)
  = (excluded.termination_date, excluded.status, excluded.origin, excluded.bundle_offering_id, excluded.price,
     excluded.channel, excluded.agent)
where (product.termination_date, product.status, product.origin, product.bundle_offering_id, product.price,
       product.channel, product.agent)
   is distinct from (excluded.termination_date, excluded.status, excluded.origin, excluded.bundle_offering_id,
       excluded.price, excluded.channel, excluded.agent)
returning customer_id;

-- name: code_within
-- The operator's id of a customer within a region, by the row's id.
select code from customer where id = $1 and ($2::text is null or place = $2 or starts_with(place, $2 || '/'));

-- name: put_outcome
-- What came of a recommended item; reported twice, it is kept once.
insert into outcome (customer_id, recommendation_id, offering_id, outcome, at, channel, agent, reason, model_version,
                     priority, score, propensity, in_control)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (customer_id, recommendation_id, offering_id, outcome) do nothing
returning at;

-- name: write_audit
-- Who did what to what; $8 holds what changed.
insert into audit (at, subject, role, action, entity, entity_id, request_id, detail) values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: lock_key
-- One request with an idempotency key at a time.
select pg_advisory_xact_lock(hashtextextended($1 || chr(10) || $2, 0));

-- name: answered
-- What was answered to an idempotency key before, and the hash of that request.
select request, response from idempotency where subject = $1 and key = $2;

-- name: remember
-- Keeps the answer to an idempotency key.
insert into idempotency (subject, key, request, response, at) values ($1, $2, $3, $4, $5);

-- name: take
-- A customer's own fields, held until the transaction ends, and whether the customer is in the region $2 (null: any).
select id, kind, status, msisdn, name, place, brand, joined_at, enterprise, industry, size_class, account_manager, tags,
       personalisation, ($2::text is null or place = $2 or starts_with(place, $2 || '/')) is true as is_allowed
from customer where code = $1
for update;

-- name: add
-- A new customer; no row comes back when somebody was faster.
insert into customer (code, kind, status, msisdn, name, place, brand, joined_at, enterprise, industry, size_class,
                      account_manager, tags, personalisation, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (code) do nothing
returning id;

-- name: change
-- Changes a customer's own fields.
update customer
set (kind, status, msisdn, name, place, brand, joined_at, enterprise, industry, size_class, account_manager, tags,
     personalisation, updated_at, etag) =
    ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, etag + 1)
where code = $1;

-- name: profile
-- The attributes known of a customer at $2.
select attributes from customer_profile where customer_id = $1 and known_from <= $2
order by known_from desc limit 1;

-- name: put_profile
-- What is known of a customer from $2 on.
insert into customer_profile (customer_id, known_from, attributes) values ($1, $2, $3)
on conflict (customer_id, known_from) do update set attributes = excluded.attributes;
