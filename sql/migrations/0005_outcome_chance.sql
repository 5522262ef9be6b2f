-- With what chance a recommended item was shown, whether to a control group, and what became of it.

-- Unknown for imported outcomes; `propensity` also where nothing was drawn, `in_control` where nobody is in control.
alter table outcome
    add column propensity real check (propensity > 0 and propensity <= 1),
    add column in_control boolean;
create index outcome_at on outcome using brin (at);

-- Items that were first reported within [$1, $2), to customers of a region ($3, null: everywhere), and what came of
-- each, whenever that was. An item that was accepted counts as shown even when nobody reported it shown.
create function recommended_item(start_at timestamptz, end_at timestamptz, region text)
returns table (customer_id bigint, recommendation_id uuid, offering_id int, at timestamptz, channel text, agent text,
               in_control boolean, accepted boolean, refused boolean, cancelled boolean)
stable language sql
begin atomic
    with reported as (
        select distinct o.customer_id, o.recommendation_id, o.offering_id
        from outcome o
        where o.at >= start_at and o.at < end_at
          and (region is null or exists (select from customer c where c.id = o.customer_id
                                         and (c.place = region or starts_with(c.place, region || '/'))))
    )
    select o.customer_id, o.recommendation_id, o.offering_id, min(o.at),
           (array_agg(o.channel order by o.at, o.outcome desc) filter (where o.channel is not null))[1],
           (array_agg(o.agent order by o.at, o.outcome desc) filter (where o.agent is not null))[1],
           bool_or(o.in_control), bool_or(o.outcome = 'ACCEPTED'), bool_or(o.outcome = 'REFUSED'),
           bool_or(o.outcome = 'CANCELLED_LATER')
    from outcome o
    join reported r using (customer_id, recommendation_id, offering_id)
    group by o.customer_id, o.recommendation_id, o.offering_id
    having min(o.at) >= start_at;
end;
