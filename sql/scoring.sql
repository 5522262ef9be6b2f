-- name: people
-- Customers from $1 up to but not including $2 as they are at $3: how the operator calls them, what their own row tells
-- (seconds), and their value level.
select c.id, c.code, c.kind, c.status, c.place, c.brand, c.enterprise, c.industry, c.size_class,
       tags_at(c.tags, c.tagging, $3::timestamptz) as tags,
       extract(epoch from c.joined_at)::float8 as joined, c.personalisation, i.value_level
from customer c
left join insight_serving s on true
left join customer_insight i on i.slot = s.slot and i.customer_id = c.id
where c.id >= $1::bigint and c.id < $2::bigint order by c.id;

-- name: holdings
-- What customers from $1 up to but not including $2 hold or once held at $3, and how (0 voluntary, 1 forced, 2 inactive,
-- 3 ended). Columns never are null, so that binary COPY has rows of one width. Use is known by complete months.
with used as (
    select distinct on (customer_id, offering_id) customer_id, offering_id, active_days
    from product_usage
    where customer_id >= $1::bigint and customer_id < $2::bigint
      and (month + interval '1 month') at time zone 'UTC' <= $3::timestamptz
    order by customer_id, offering_id, month desc
)
select p.customer_id, p.offering_id,
       (case when isfinite(p.termination_date) then ceil(extract(epoch from p.termination_date))::bigint
             else 9223372036854775807 end)::bigint as "end",
       array_position('{voluntary,forced,inactive,ended}'::text[],
           holding_kind(p.status, p.origin, p.termination_date, u.active_days, $3::timestamptz)) - 1 as kind
from product p left join used u using (customer_id, offering_id)
where p.customer_id >= $1::bigint and p.customer_id < $2::bigint and p.start_date <= $3::timestamptz;

-- name: profiles
-- What was known of customers from $1 up to but not including $2 at $3.
select distinct on (customer_id) customer_id, attributes
from customer_profile
where customer_id >= $1::bigint and customer_id < $2::bigint and known_from <= $3::timestamptz
order by customer_id, known_from desc;

-- name: memberships
-- The markets to which customers from $1 up to but not including $2 belong at $3.
select distinct m.customer_id, s.id as market_id, s.code, s.kind
from market_member m join market_segment s on s.id = m.market_id
where m.customer_id >= $1::bigint and m.customer_id < $2::bigint
  and m.member_from <= $3::timestamptz and (m.member_to is null or m.member_to > $3::timestamptz)
order by m.customer_id, s.code;

-- name: resting
-- What customers from $1 up to but not including $2 refused after $4, or were shown at least $6 times after $5 (0: any
-- number of times is borne), all of it by $3.
select customer_id, offering_id
from outcome
where customer_id >= $1::bigint and customer_id < $2::bigint and at <= $3::timestamptz
  and outcome in ('REFUSED', 'SHOWN') and at > least($4::timestamptz, $5::timestamptz)
group by customer_id, offering_id
having bool_or(outcome = 'REFUSED' and at > $4::timestamptz)
    or ($6::int > 0 and count(*) filter (where outcome = 'SHOWN' and at > $5::timestamptz) >= $6::int)
order by customer_id, offering_id;
