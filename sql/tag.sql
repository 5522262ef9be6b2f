-- name: tags
-- Every tag, by code; or the one with the code $1.
select code, name, condition, lower(valid) as valid_start, upper(valid) as valid_end, etag
from tag where $1::text is null or code = $1 order by code;

-- name: put
-- A tag as it should be, made or changed from the etag $6 (null: made); no row comes back when somebody was faster.
insert into tag (code, name, condition, valid) values ($1, $2, $3, tstzrange($4, $5))
on conflict (code) do update
set name = excluded.name, condition = excluded.condition, valid = excluded.valid, etag = tag.etag + 1
where tag.etag = $6::bigint
returning etag;

-- name: take
-- What was said of a customer's tags, and the tags of files; the row is held until the transaction ends.
select id, tags, tagging from customer
where code = $1 and ($2::text is null or place = $2 or starts_with(place, $2 || '/'))
for update;

-- name: say
-- Keeps what was said of a customer's tags.
update customer set tagging = $2, etag = etag + 1, updated_at = $3 where code = $1;

-- name: holds
-- The tags that hold for a customer at $2.
select tags_at(tags, tagging, $2) from customer where code = $1;

-- name: bounds
-- The lowest and the highest number of a customer.
select min(id) as low, max(id) as high from customer;

-- name: people
-- Customers from $1 up to but not including $2 as the conditions of tags see them at $3.
select c.id, c.kind, c.status, c.brand, c.place, c.enterprise, c.industry, c.size_class, c.joined_at, c.personalisation,
       tags_at(c.tags, c.tagging, $3) as tags, c.tagging, coalesce(known.attributes, '{}') as attributes,
       coalesce(member.markets, '{}') as markets, coalesce(held.offerings, '{}') as offerings
from customer c
left join lateral (
    select attributes from customer_profile p where p.customer_id = c.id and p.known_from <= $3
    order by p.known_from desc limit 1
) known on true
left join lateral (
    select array_agg(distinct s.code) as markets
    from market_member m join market_segment s on s.id = m.market_id
    where m.customer_id = c.id and m.member_from <= $3 and (m.member_to is null or m.member_to > $3)
) member on true
left join lateral (
    select array_agg(distinct p.offering_id) as offerings from product p
    where p.customer_id = c.id and p.start_date <= $3
      and holding_kind(p.status, p.origin, p.termination_date, null, $3) <> 'ended'
) held on true
where c.id >= $1::bigint and c.id < $2::bigint order by c.id;

-- name: apply
-- Sets ($3) and takes back tags of rules: one row of customer $1 and tag $2. What a person said meanwhile stands.
with wanted as (
    select id, coalesce(array_agg(code) filter (where is_set), '{}') as added,
           coalesce(array_agg(code) filter (where not is_set), '{}') as removed
    from unnest($1::bigint[], $2::text[], $3::boolean[]) as given (id, code, is_set)
    group by id
)
update customer c
set tagging = nullif(
        (coalesce(c.tagging, '{}') - array(
            select code from unnest(w.removed) code where c.tagging -> code ->> 'source' = 'RULE'))
        || coalesce((
            select jsonb_object_agg(code, jsonb_build_object('set', true, 'source', 'RULE', 'by', 'rule', 'since', $4::timestamptz))
            from unnest(w.added) code
            where not coalesce(c.tagging, '{}') ? code or (c.tagging -> code ->> 'until')::timestamptz <= $4), '{}'),
        '{}'),
    etag = etag + 1, updated_at = $4
from wanted w where c.id = w.id;
