-- What a campaign brought: customers by arm, one row each and nobody's name.

-- name: followed
-- Customers first reported within [$1, $2) in a region ($3, null: everywhere) who are in one arm, in no order. `enrolled`:
-- took one of the offerings $4 freely since, before the $6 months from $5 on were over. `revenue`: monthly prices of what
-- they held at the end of each of these months, as agreed, else those of $8 for the offerings $7 (parts of bundles as
-- agreed only); `use`: the volume of the offerings $9. The same a year before, for who was `known` by then. $10: the zone.
-- returns: recommender.campaign_store.Followed
with arm as materialized (
    select customer_id, bool_or(in_control) as in_control, min(at) as since
    from recommended_item($1::timestamptz, $2::timestamptz, $3::text) where in_control is not null
    group by customer_id having bool_or(in_control) = bool_and(in_control)
), month as (
    select begins, begins < $5::date as is_before, (begins + interval '1 month') at time zone $10::text as ends
    from (select ($5::date + make_interval(months => number - back))::date as begins
          from generate_series(0, $6::int - 1) number, unnest('{0,12}'::int[]) back) every
), fee as (
    select * from unnest($7::int[], $8::float8[]) as fee (offering_id, price)
), held as (
    select a.customer_id,
           sum(case when p.origin = 'VOLUNTARY' then coalesce(p.price::float8, f.price, 0)
                    else coalesce(p.price::float8, 0) end) filter (where not m.is_before) as revenue,
           sum(case when p.origin = 'VOLUNTARY' then coalesce(p.price::float8, f.price, 0)
                    else coalesce(p.price::float8, 0) end) filter (where m.is_before) as revenue_before
    from arm a
    join product p on p.customer_id = a.customer_id
                  and (p.termination_date is not null or p.status not in ('terminated', 'cancelled', 'aborted'))
    join month m on p.start_date < m.ends and (p.termination_date is null or p.termination_date >= m.ends)
    left join fee f on f.offering_id = p.offering_id
    group by a.customer_id
), used as (
    select a.customer_id, sum(u.volume) filter (where not m.is_before) as use,
           sum(u.volume) filter (where m.is_before) as use_before
    from arm a
    join product_usage u on u.customer_id = a.customer_id and u.offering_id = any($9::int[])
    join month m on m.begins = u.month
    group by a.customer_id
)
select a.in_control,
       exists (select from product p
               where p.customer_id = a.customer_id and p.offering_id = any($4::int[]) and p.origin = 'VOLUNTARY'
                 and p.start_date >= a.since and p.start_date < (select max(ends) from month)) as enrolled,
       coalesce(c.joined_at <= ($5::date - interval '1 year') at time zone $10::text, true) as known,
       coalesce(h.revenue, 0)::float8 as revenue, coalesce(h.revenue_before, 0)::float8 as revenue_before,
       coalesce(u.use, 0)::float8 as use, coalesce(u.use_before, 0)::float8 as use_before
from arm a
join customer c on c.id = a.customer_id
left join held h on h.customer_id = a.customer_id
left join used u on u.customer_id = a.customer_id;
