-- Products held, from a staged file into the table. $1 of `key` names the columns that the file has: what it has not, stays.

-- name: stage
-- The rows of the file as they were checked; the price in ten-thousandths.
create table staging.rows (
    line bigint not null, spared boolean, customer_id text, offering text, start_date timestamptz, instance text,
    status product_status, termination_date timestamptz, origin product_origin, bundle text, version bigint,
    price bigint, channel text, agent text
) partition by hash (customer_id);

-- name: named
-- The same rows with the ids they speak of, in slices by customer as products are; a code is kept where it has no id.
create table staging.named (
    line bigint not null, spared boolean, customer_id bigint, offering_id int, start_date timestamptz not null,
    instance text not null, status product_status, termination_date timestamptz, origin product_origin,
    bundle_offering_id int, version bigint, price bigint, channel text, agent text, customer_code text,
    offering_code text, bundle_code text
) partition by hash (customer_id);

-- name: name
-- One slice of rows with the ids they speak of.
select s.line, s.spared, c.id as customer_id, o.id as offering_id, coalesce(s.start_date, '-infinity') as start_date,
       coalesce(s.instance, '') as instance, s.status, s.termination_date, s.origin, b.id as bundle_offering_id,
       s.version, s.price, s.channel, s.agent, case when c.id is null then s.customer_id end as customer_code,
       case when o.id is null then s.offering end as offering_code, case when b.id is null then s.bundle end as bundle_code
from staging.rows s
left join customer_p00 c on c.code = s.customer_id
left join offering o on o.code = s.offering
left join offering b on b.code = s.bundle;

-- name: key
-- Each row in the order of the key, which spares the index: with why it cannot land if so (verdict), and the row it
-- makes of what is held.
create unlogged table staging.keyed as
with numbered as (
    select n.*, row_number() over (
        partition by customer_id, offering_id, start_date, instance order by bundle_code is not null, line
    ) as turn
    from staging.named n
), judged as (
    select n.*,
           case when n.spared then 'spared'
                when n.customer_id is null then 'customer'
                when n.offering_id is null then 'offering'
                when n.bundle_code is not null then 'bundle'
                when n.turn > 1 then 'duplicate' end as verdict
    from numbered n
), matched as (
    select j.line, j.verdict, j.customer_id, j.offering_id, j.start_date, j.instance, p.customer_id is not null as held,
           case when $1::text[] && '{status,termination_date}'
                then coalesce(j.status, (case when j.termination_date <= $2::timestamptz
                                              then 'terminated' else 'active' end)::product_status)
                else coalesce(p.status, 'active') end as status,
           case when 'termination_date' = any($1) then j.termination_date else p.termination_date end as termination_date,
           coalesce(j.origin, p.origin, 'VOLUNTARY') as origin,
           case when 'bundle' = any($1) then j.bundle_offering_id else p.bundle_offering_id end as bundle_offering_id,
           case when 'version' = any($1) then j.version else p.version end as version,
           case when 'price' = any($1) then j.price * 0.0001 else p.price end as price,
           case when 'channel' = any($1) then j.channel else p.channel end as channel,
           case when 'agent' = any($1) then j.agent else p.agent end as agent,
           p.status as was_status, p.termination_date as was_end, p.origin as was_origin,
           p.bundle_offering_id as was_bundle, p.version as was_version, p.price as was_price,
           p.channel as was_channel, p.agent as was_agent, j.customer_code, j.offering_code, j.bundle_code
    from judged j
    left join product_p00 p on j.verdict is null and p.customer_id = j.customer_id and p.offering_id = j.offering_id
        and p.start_date = j.start_date and p.instance = j.instance
)
select line, verdict, customer_id, offering_id, start_date, instance, held, status, termination_date, origin,
       bundle_offering_id, version, price, channel, agent,
       case verdict when 'customer' then customer_code when 'offering' then offering_code
                    when 'bundle' then bundle_code end as code,
       held and (status, termination_date, origin, bundle_offering_id, version, price, channel, agent) is distinct from
           (was_status, was_end, was_origin, was_bundle, was_version, was_price, was_channel, was_agent) as differs
from matched
order by customer_id, offering_id, start_date, instance;

-- name: reject
-- Rows that name what does not exist, or repeat a key of the file.
insert into import_reject (batch_id, line, column_name, value, reason)
select $1::bigint, k.line,
       case k.verdict when 'customer' then 'customer_id' when 'duplicate' then '' else k.verdict end,
       coalesce(regexp_replace(k.code, '(1[3-9][0-9])[0-9]{4}([0-9]{4})', '\1****\2', 'g'), ''),
       case k.verdict
           when 'customer' then '{"en": "unknown customer; import customers first", "zh": "未知客户；请先导入客户"}'::jsonb
           when 'duplicate' then jsonb_build_object('en', 'same key as line ' || f.line, 'zh', '与第 ' || f.line || ' 行的键相同')
           else '{"en": "unknown offering; import the catalog first", "zh": "未知产品编码；请先导入目录"}'::jsonb end
from staging.keyed k
left join staging.keyed f on k.verdict = 'duplicate' and f.verdict is null and f.customer_id = k.customer_id
    and f.offering_id = k.offering_id and f.start_date = k.start_date and f.instance = k.instance
where k.verdict <> 'spared';

-- name: update
-- Changes what is held and differs.
update product_p00 p
set (status, termination_date, origin, bundle_offering_id, version, price, channel, agent) =
    (k.status, k.termination_date, k.origin, k.bundle_offering_id, k.version, k.price, k.channel, k.agent)
from staging.keyed k
where k.verdict is null and k.differs and p.customer_id = k.customer_id and p.offering_id = k.offering_id
  and p.start_date = k.start_date and p.instance = k.instance;

-- name: insert
-- Adds what was not held.
insert into product_p00 (customer_id, offering_id, start_date, instance, status, termination_date, origin,
                         bundle_offering_id, version, price, channel, agent)
select customer_id, offering_id, start_date, instance, status, termination_date, origin, bundle_offering_id, version,
       price, channel, agent
from staging.keyed
where verdict is null and not held;

-- name: terminate
-- Ends at $1 what a full state leaves out. Who has a rejected row keeps all that they hold.
update product p
set status = 'terminated', termination_date = greatest(p.start_date, least(p.termination_date, $1::timestamptz))
where p.status not in ('terminated', 'cancelled', 'aborted') and p.start_date <= $1
  and not exists (
      select from staging.keyed k
      where k.verdict is null and k.customer_id = p.customer_id and k.offering_id = p.offering_id
        and k.start_date = p.start_date and k.instance = p.instance
  )
  and p.customer_id not in (
      select customer_id from staging.keyed where verdict in ('spared', 'offering', 'bundle') and customer_id is not null
  );

-- name: kept
-- How many rows of the file are about what was there already.
select count(*) from staging.keyed where held;

-- name: unknown_channels
-- Channels that the file names and no register has, where there is a register; at most twenty.
select distinct channel from staging.keyed k
where k.verdict is null and k.channel is not null
  and exists (select from catalog_entry where kind = 'channel')
  and not exists (select from catalog_entry e where e.kind = 'channel' and e.code = k.channel)
order by channel limit 20;
