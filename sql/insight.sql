-- Insight: what a refresh reads of customers range by range, what it writes, and what is asked of the result.

-- name: customers
-- Customers from $1 up to but not including $2 in the order of their ids (joined in seconds).
select id, kind, status = 'closed' as closed, account_manager is not null as managed, size_class,
       extract(epoch from joined_at)::float8 as joined
from customer where id >= $1::bigint and id < $2::bigint order by id;

-- name: products
-- Product rows of customers from $1 up to but not including $2 that began by $3. Columns never are null, so that binary
-- COPY has rows of one width: seconds, the price agreed in ten-thousandths or -1, an end that nobody dated at the beginning.
select p.customer_id, p.offering_id,
       (case when isfinite(p.start_date) then floor(extract(epoch from p.start_date))::bigint
             else -9223372036854775808 end)::bigint as start,
       (case when isfinite(p.termination_date) then ceil(extract(epoch from p.termination_date))::bigint
             when p.status in ('terminated', 'cancelled', 'aborted') then -9223372036854775808
             else 9223372036854775807 end)::bigint as "end",
       (p.origin <> 'VOLUNTARY')::int as forced, coalesce((p.price * 10000)::bigint, -1) as price
from product p
where p.customer_id >= $1::bigint and p.customer_id < $2::bigint and p.start_date <= $3::timestamptz;

-- name: usage
-- Months of use from $3 on of customers from $1 up to but not including $2, each with the second from which it was
-- known whole; a volume that nobody reported is not a number.
select u.customer_id, u.offering_id, extract(epoch from (u.month + interval '1 month') at time zone 'UTC')::bigint as whole,
       u.active_days::int as days, coalesce(u.volume, 'NaN') as volume
from product_usage u
where u.customer_id >= $1::bigint and u.customer_id < $2::bigint and u.month >= $3::date;

-- name: items
-- The offering that each item of the recommender is named after; copies for markets count under their template.
select code as item, id as offering_id from offering where template_id is null;

-- name: cancelled
-- Per offering: how many accepted recommendations there were within [$1, $2), and how many were cancelled later.
select offering_id, count(*) filter (where accepted) as accepted, count(*) filter (where accepted and cancelled) as cancelled
from recommended_item($1::timestamptz, $2::timestamptz, null)
group by offering_id;

-- name: empty_slot
-- The slot that nobody reads, for the next refresh.
select coalesce((select 1 - slot from insight_serving), 0)::smallint;

-- name: definition
-- What this operator means by value, risk and so on, if it was told.
select content from insight_definition;

-- name: put_definition
-- Keeps the operator's definition for the next refresh.
insert into insight_definition (content, changed_at) values ($1, $2)
on conflict (only_row) do update set content = excluded.content, changed_at = excluded.changed_at;

-- name: drop_definition
-- Back to the built-in definition.
delete from insight_definition;

-- name: save_run
-- Keeps what a refresh came to.
insert into insight_run (at, customers, definition, report) values ($1, $2, $3, $4) returning version;

-- name: serve_run
-- From the commit on the slot $2, filled by run $1, is what is read.
insert into insight_serving (version, slot) values ($1, $2)
on conflict (only_row) do update set version = excluded.version, slot = excluded.slot;

-- name: forget_runs
-- Only the newest $1 runs are kept.
delete from insight_run where version <= (select version from insight_run order by version desc offset $1::bigint limit 1);

-- name: clear_small
-- Empties the small tables, which the same transaction fills again.
with pyramid as (delete from value_pyramid), segments as (delete from needs_segment), reach as (delete from play_reach)
delete from product_health;

-- name: report
-- What the run that is read came to, and by which definition.
select r.version, r.at, r.customers, r.definition, r.report
from insight_serving s join insight_run r using (version);

-- name: of_customer
-- One customer's insight with the moments open at $2, and the definition by which it was reckoned, as text.
select r.version, r.at, r.definition::text as definition, i.value_score, i.value_level,
       i.monthly_revenue, i.churn_risk, i.quadrant, i.lifecycle_stage, i.segment, i.data_use, i.calling, c.kind,
       g.traits,
       m.moments, m.open_from, m.open_until
from insight_serving s
join insight_run r using (version)
join customer_insight i on i.slot = s.slot and i.customer_id = $1
join customer c on c.id = i.customer_id
left join needs_segment g on g.code = i.segment
left join lateral (
    select array_agg(moment order by open_until, moment) as moments,
           array_agg(open_from order by open_until, moment) as open_from,
           array_agg(open_until order by open_until, moment) as open_until
    from customer_moment m
    where m.slot = s.slot and m.customer_id = i.customer_id and m.open_from <= $2 and m.open_until > $2
) m on true;

-- name: levels
-- The value levels of some customers by id; who has none is left out.
select i.customer_id, i.value_level
from insight_serving s join customer_insight i on i.slot = s.slot and i.customer_id = any($1::bigint[])
where i.value_level is not null;

-- name: pyramid
-- Customers and revenue per level, the most valuable level first; people before enterprises.
select kind, level, position, customers, monthly_revenue from value_pyramid order by kind desc, position;

-- name: segments
-- Needs segments, the largest first; people before enterprises.
select code, kind, customers, share, traits from needs_segment order by kind desc, customers desc, code;

-- name: reach
-- How many customers each play is for.
select play, customers from play_reach order by customers desc, play;

-- name: health
-- Every product with its health and its place in the portfolio.
-- returns: recommender.insight.product.ProductRow
select offering_id, subscribers, subscribers_before, active_share, churn_share, forced_share, cancelled_share,
       monthly_revenue, margin, monthly_profit, relative_share, growth, portfolio_class, health, warnings, advice,
       merge_into
from product_health order by offering_id;
