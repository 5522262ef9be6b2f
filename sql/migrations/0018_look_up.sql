-- One customer within a region (null: everywhere) with all that an answer needs, and the audit row of the look-up.
--
-- A function, because its statements are planned once in a session: of a single statement over partitioned tables
-- PostgreSQL makes a new plan each time, for it thinks a plan of one partition cheaper than one that is kept, and that
-- planning cost five times the reading. Within the function the customer's id is known before the second statement
-- begins, so that of sixteen partitions one is opened. It is all still one statement for who calls it, and one commit.
create function look_up_customer(
    asked_code text, region text, asked_at timestamptz, by_subject text, by_role text, for_action text, by_request text,
    refused_since timestamptz, shown_since timestamptz
) returns table (
    id bigint, code text, kind text, status text, msisdn text, name text, place text, brand text,
    joined_at timestamptz, enterprise text, industry text, size_class text, account_manager text, tags text[],
    personalisation boolean, etag bigint, attributes jsonb, offering_ids int[], holding_kinds text[], statuses text[],
    origins text[], starts timestamptz[], ends timestamptz[], instances text[], bundles int[], prices numeric[],
    channels text[], active_days smallint[], last_active date[], versions smallint[], refused int[], shown int[],
    markets text[]
) language plpgsql rows 1 set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    who customer;
    is_allowed boolean;
begin
    select * into who from customer where code = asked_code;
    if not found then
        return;
    end if;
    is_allowed := (region is null or who.place = region or starts_with(who.place, region || '/')) is true;
    -- A refused look-up leaves its row too, and returns nothing.
    insert into audit (at, subject, role, action, entity, entity_id, request_id, detail)
    values (asked_at, by_subject, by_role, for_action, 'customer', asked_code, by_request,
            case when is_allowed then null else jsonb_build_object('refused', 'region') end);
    if not is_allowed then
        return;
    end if;
    return query
    select who.id, who.code, who.kind, who.status, who.msisdn, who.name, who.place, who.brand, who.joined_at,
           who.enterprise, who.industry, who.size_class, who.account_manager,
           tags_at(who.tags, who.tagging, asked_at), who.personalisation, who.etag,
           coalesce((
               select p.attributes from customer_profile p
               where p.customer_id = who.id and p.known_from <= asked_at
               order by p.known_from desc limit 1
           ), '{}'),
           held.*, reported.*, (
               select array_agg(distinct s.code order by s.code)
               from market_member m join market_segment s on s.id = m.market_id
               where m.customer_id = who.id and m.member_from <= asked_at
                 and (m.member_to is null or m.member_to > asked_at)
           )
    from (
        select array_agg(p.offering_id),
               array_agg(holding_kind(p.status, p.origin, p.termination_date, u.active_days, asked_at)),
               array_agg(p.status::text), array_agg(p.origin::text),
               array_agg(nullif(p.start_date, '-infinity')), array_agg(p.termination_date),
               array_agg(p.instance), array_agg(p.bundle_offering_id), array_agg(p.price), array_agg(p.channel),
               array_agg(u.active_days), array_agg(u.last_active), array_agg(p.version)
        from product p
        left join lateral (
            -- Use is known by complete months.
            select active_days, last_active from product_usage u
            where u.customer_id = who.id and u.offering_id = p.offering_id
              and (u.month + interval '1 month') at time zone 'UTC' <= asked_at
            order by u.month desc limit 1
        ) u on true
        where p.customer_id = who.id and p.start_date <= asked_at
    ) held, (
        select array_agg(distinct o.offering_id) filter (where o.outcome = 'REFUSED' and o.at > refused_since),
               array_agg(o.offering_id) filter (where o.outcome = 'SHOWN' and o.at > shown_since)
        from outcome o
        where o.customer_id = who.id and o.outcome in ('REFUSED', 'SHOWN')
          and o.at > least(refused_since, shown_since) and o.at <= asked_at
    ) reported;
end $$;
