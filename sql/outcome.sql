-- name: effects
-- What came of the items first reported within [$1, $2) in a region ($3, null: everywhere), by PRODUCT, CHANNEL, AGENT
-- or SEGMENT ($4); customers of either arm, and how many of them accepted, or adopted within $5 of their first item.
-- By product an arm is everybody in it, whatever they were shown: what is shown is what differs between the arms.
with item as materialized (
    select * from recommended_item($1::timestamptz, $2::timestamptz, $3::text)
), keyed as (
    select i.*, case $4::text when 'PRODUCT' then (select o.code from offering o where o.id = i.offering_id)
                              when 'CHANNEL' then i.channel else i.agent end as key
    from item i where $4 <> 'SEGMENT'
    union all
    select distinct i.*, s.code
    from item i
    join market_member m on m.customer_id = i.customer_id and m.member_from <= i.at
                        and (m.member_to is null or m.member_to > i.at)
    join market_segment s on s.id = m.market_id
    where $4 = 'SEGMENT'
), arm as (
    select customer_id, bool_or(in_control) as control, min(at) as since
    from item where in_control is not null
    group by customer_id having bool_or(in_control) = bool_and(in_control)
), adoption as (
    select a.customer_id, a.control, o.code
    from arm a
    join product p on p.customer_id = a.customer_id and p.origin = 'VOLUNTARY'
                  and p.start_date >= a.since and p.start_date < a.since + $5::interval
    join offering o on o.id = p.offering_id
    group by a.customer_id, a.control, o.code
), each as (
    select key, customer_id, count(*) as shown, count(*) filter (where accepted) as accepted,
           count(*) filter (where refused) as refused, count(*) filter (where accepted and cancelled) as cancelled
    from keyed group by key, customer_id
), counted as (
    select e.key, sum(e.shown)::bigint as shown, sum(e.accepted)::bigint as accepted,
           sum(e.refused)::bigint as refused, sum(e.cancelled)::bigint as cancelled, count(*) as customers,
           count(*) filter (where e.accepted > 0) as accepting, count(*) filter (where e.refused > 0) as refusing,
           count(*) filter (where e.cancelled > 0) as cancelling,
           count(*) filter (where not a.control) as treated, count(*) filter (where a.control) as control,
           count(*) filter (where e.accepted > 0 and not a.control) as treated_accepting,
           count(*) filter (where e.accepted > 0 and a.control) as control_accepting,
           count(d.customer_id) filter (where not a.control) as treated_adopting,
           count(d.customer_id) filter (where a.control) as control_adopting
    from each e
    left join arm a using (customer_id)
    left join (select distinct customer_id from adoption) d using (customer_id)
    group by e.key
), everybody as (
    select count(*) filter (where not control) as treated, count(*) filter (where control) as control from arm
), adopting as (
    select code, count(*) filter (where not control) as treated, count(*) filter (where control) as control
    from adoption group by code
)
select n.key, n.shown, n.accepted, n.refused, n.cancelled, n.customers, n.accepting, n.refusing, n.cancelling,
       n.treated_accepting, n.control_accepting,
       case $4 when 'PRODUCT' then e.treated else n.treated end as treated,
       case $4 when 'PRODUCT' then e.control else n.control end as control,
       case $4 when 'PRODUCT' then coalesce(d.treated, 0) else n.treated_adopting end as treated_adopting,
       case $4 when 'PRODUCT' then coalesce(d.control, 0) else n.control_adopting end as control_adopting
from counted n
cross join everybody e
left join adopting d on d.code = n.key
order by n.shown desc, n.key;

-- name: orders_by_channel
-- Voluntary subscriptions that began within [$1, $2), and whose they were, in a region ($3, null: everywhere).
select p.channel, count(*) as orders, count(distinct p.customer_id) as customers
from product p
where p.origin = 'VOLUNTARY' and p.start_date >= $1 and p.start_date < $2
  and ($3::text is null or exists (select from customer c where c.id = p.customer_id
                                   and (c.place = $3 or starts_with(c.place, $3 || '/'))))
group by p.channel
order by orders desc, p.channel;

-- name: drawn
-- Items with a logged chance, first reported within [$1, $2), of at most $3 answers, chosen by a hash so that it repeats;
-- not of the control group, which no model ranks for.
with item as (
    select i.*, o.priority, o.propensity
    from recommended_item($1::timestamptz, $2::timestamptz, null) i
    cross join lateral (
        select priority, propensity from outcome o
        where (o.customer_id, o.recommendation_id, o.offering_id) = (i.customer_id, i.recommendation_id, i.offering_id)
        order by o.at limit 1
    ) o
    where o.propensity is not null and o.priority is not null and i.in_control is not true
), answer as (
    select recommendation_id, min(at) as at from item group by recommendation_id
    order by uuid_hash(recommendation_id), recommendation_id limit $3
)
select i.recommendation_id, c.code as customer, f.code as offering, i.priority, i.propensity, i.accepted, i.channel, a.at
from answer a
join item i using (recommendation_id)
join customer c on c.id = i.customer_id
join offering f on f.id = i.offering_id
order by a.at, i.recommendation_id, i.priority;
