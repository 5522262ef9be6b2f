-- Products held, from a staged file into the table. $1 of `key` names the columns that the file has: what it has not, stays.

-- name: stage
-- The rows of the file as they were checked.
create unlogged table staging.rows (
    line bigint not null, spared boolean, customer_id text, offering text, start_date timestamptz, instance text,
    status product_status, termination_date timestamptz, origin product_origin, bundle text, version smallint,
    price numeric(18, 4), channel text, agent text
);

-- name: key
-- Each row with the ids it speaks of, why it cannot land if so (verdict), and the row it makes of what is held.
create unlogged table staging.keyed as
with named as (
    select s.line, s.spared, s.customer_id as customer_code, s.offering as offering_code, s.bundle as bundle_code,
           c.id as customer_id, o.id as offering_id, coalesce(s.start_date, '-infinity') as start_date,
           coalesce(s.instance, '') as instance, s.status, s.termination_date, s.origin, b.id as bundle_offering_id,
           s.version, s.price, s.channel, s.agent,
           first_value(s.line) over (
               partition by c.id, o.id, coalesce(s.start_date, '-infinity'), coalesce(s.instance, '')
               order by s.bundle is not null and b.id is null, s.line
           ) as first_line
    from staging.rows s
    left join customer c on c.code = s.customer_id
    left join offering o on o.code = s.offering
    left join offering b on b.code = s.bundle
), judged as (
    select n.*,
           case when n.spared then 'spared'
                when n.customer_id is null then 'customer'
                when n.offering_id is null then 'offering'
                when n.bundle_code is not null and n.bundle_offering_id is null then 'bundle'
                when n.first_line <> n.line then 'duplicate' end as verdict
    from named n
), matched as (
    select j.line, j.verdict, j.first_line, j.customer_code, j.offering_code, j.bundle_code,
           j.customer_id, j.offering_id, j.start_date, j.instance, p.customer_id is not null as held,
           case when $1::text[] && '{status,termination_date}'
                then coalesce(j.status,
                              (case when j.termination_date <= $2::timestamptz then 'terminated' else 'active' end)::product_status)
                else coalesce(p.status, 'active') end as status,
           case when 'termination_date' = any($1) then j.termination_date else p.termination_date end as termination_date,
           coalesce(j.origin, p.origin, 'VOLUNTARY') as origin,
           case when 'bundle' = any($1) then j.bundle_offering_id else p.bundle_offering_id end as bundle_offering_id,
           case when 'version' = any($1) then j.version else p.version end as version,
           case when 'price' = any($1) then j.price else p.price end as price,
           case when 'channel' = any($1) then j.channel else p.channel end as channel,
           case when 'agent' = any($1) then j.agent else p.agent end as agent,
           p.status as was_status, p.termination_date as was_end, p.origin as was_origin,
           p.bundle_offering_id as was_bundle, p.version as was_version, p.price as was_price,
           p.channel as was_channel, p.agent as was_agent
    from judged j
    left join product p on j.verdict is null and p.customer_id = j.customer_id and p.offering_id = j.offering_id
        and p.start_date = j.start_date and p.instance = j.instance
)
select line, verdict, first_line, customer_code, offering_code, bundle_code, customer_id, offering_id, start_date,
       instance, held, status, termination_date, origin, bundle_offering_id, version, price, channel, agent,
       held and (status, termination_date, origin, bundle_offering_id, version, price, channel, agent) is distinct from
           (was_status, was_end, was_origin, was_bundle, was_version, was_price, was_channel, was_agent) as differs
from matched;

-- name: reject
-- Rows that name what does not exist, or repeat a key of the file.
insert into import_reject (batch_id, line, column_name, value, reason)
select $1::bigint, line,
       case verdict when 'customer' then 'customer_id' when 'offering' then 'offering' when 'bundle' then 'bundle' else '' end,
       case verdict when 'customer' then regexp_replace(customer_code, '(1[3-9][0-9])[0-9]{4}([0-9]{4})', '\1****\2')
                    when 'offering' then offering_code when 'bundle' then bundle_code else '' end,
       case verdict
           when 'customer' then '{"en": "unknown customer; import customers first", "zh": "未知客户；请先导入客户"}'::jsonb
           when 'duplicate' then jsonb_build_object('en', 'same key as line ' || first_line,
                                                    'zh', '与第 ' || first_line || ' 行的键相同')
           else '{"en": "unknown offering; import the catalog first", "zh": "未知产品编码；请先导入目录"}'::jsonb end
from staging.keyed where verdict <> 'spared';

-- name: update
-- Changes what is held and differs.
update product p
set (status, termination_date, origin, bundle_offering_id, version, price, channel, agent) =
    (k.status, k.termination_date, k.origin, k.bundle_offering_id, k.version, k.price, k.channel, k.agent)
from staging.keyed k
where k.verdict is null and k.differs and p.customer_id = k.customer_id and p.offering_id = k.offering_id
  and p.start_date = k.start_date and p.instance = k.instance;

-- name: insert
-- Adds what was not held, in the order of the key, which spares the index.
insert into product (customer_id, offering_id, start_date, instance, status, termination_date, origin,
                     bundle_offering_id, version, price, channel, agent)
select customer_id, offering_id, start_date, instance, status, termination_date, origin, bundle_offering_id, version,
       price, channel, agent
from staging.keyed
where verdict is null and not held
order by customer_id, offering_id, start_date, instance;

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
      select c.id from staging.keyed k join customer c on c.code = k.customer_code where k.verdict in ('spared', 'offering', 'bundle')
  );
