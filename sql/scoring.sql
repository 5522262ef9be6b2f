-- name: people
-- Customers from $1 up to but not including $2 as they are at $3: how the operator calls them, and what their own row tells
-- (joined in seconds). What $4 does not name is left empty, for very many customers it costs; tags are parted by $5.
select c.id, c.code, c.kind, c.place, date_part('epoch', c.joined_at) as joined, c.personalisation,
       case when 'status' = any($4::text[]) then c.status end as status,
       case when 'brand' = any($4::text[]) then c.brand end as brand,
       case when 'enterprise' = any($4::text[]) then c.enterprise end as enterprise,
       case when 'industry' = any($4::text[]) then c.industry end as industry,
       case when 'size_class' = any($4::text[]) then c.size_class end as size_class,
       case when 'tags' = any($4::text[]) then
           array_to_string(case when c.tagging is null or c.tagging = '{}' then c.tags
                                else tags_at(c.tags, c.tagging, $3::timestamptz) end, $5::text) end as tags,
       i.value_level
from customer c
left join insight_serving s on 'value_level' = any($4::text[])
left join customer_insight i on i.slot = s.slot and i.customer_id = c.id
where c.id >= $1::bigint and c.id < $2::bigint;

-- name: holdings
-- What customers from $1 up to but not including $2 hold or once held at $3. Columns never are null, so that binary COPY
-- has rows of one width: no end is at infinity, one that nobody dated at -infinity.
select customer_id, offering_id,
       coalesce(termination_date, case when status in ('terminated', 'cancelled', 'aborted') then '-infinity'::timestamptz
                                       else 'infinity' end) as "end",
       origin <> 'VOLUNTARY' as forced
from product
where customer_id >= $1::bigint and customer_id < $2::bigint and start_date <= $3::timestamptz;

-- name: unused
-- What customers from $1 up to but not including $2 did not use at all in the last month known before the month $3.
select customer_id, offering_id
from product_usage
where customer_id >= $1::bigint and customer_id < $2::bigint and month < $3::date
group by customer_id, offering_id
having max((month - date '1970-01-01') * 32 + active_days) % 32 = 0;

-- name: profiles
-- What was known of customers from $1 up to but not including $2 at $3. The order is that of the key backwards, so that
-- nothing has to be sorted.
select distinct on (customer_id) customer_id, attributes
from customer_profile
where customer_id >= $1::bigint and customer_id < $2::bigint and known_from <= $3::timestamptz
order by customer_id desc, known_from desc;

-- name: memberships
-- The markets to which customers from $1 up to but not including $2 belong at $3.
select customer_id, market_id
from market_member
where customer_id >= $1::bigint and customer_id < $2::bigint
  and member_from <= $3::timestamptz and (member_to is null or member_to > $3::timestamptz);

-- name: resting
-- What customers from $1 up to but not including $2 refused after $4, or were shown at least $6 times after $5 (0: any
-- number of times is borne), all of it by $3.
select customer_id, offering_id
from outcome
where customer_id >= $1::bigint and customer_id < $2::bigint and at <= $3::timestamptz
  and outcome in ('REFUSED', 'SHOWN') and at > least($4::timestamptz, $5::timestamptz)
group by customer_id, offering_id
having bool_or(outcome = 'REFUSED' and at > $4::timestamptz)
    or ($6::int > 0 and count(*) filter (where outcome = 'SHOWN' and at > $5::timestamptz) >= $6::int);
