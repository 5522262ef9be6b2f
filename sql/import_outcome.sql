-- What came of recommendations, from a staged file into the table. $1 of `key` names the columns that the file has.

-- name: stage
-- The rows of the file as they were checked.
create table staging.rows (
    line bigint not null, spared boolean, customer_id text, recommendation_id text, offering text, outcome text,
    at timestamptz, channel text, agent text, reason text
) partition by hash (customer_id);

-- name: key
-- Each row in the order of the key, which spares the index: with the ids it speaks of, why it cannot land if so
-- (verdict), and the row it makes of what is known.
create unlogged table staging.keyed as
with named as (
    select s.line, s.customer_id as customer_code, s.offering as offering_code, c.id as customer_id,
           o.id as offering_id, s.recommendation_id::uuid as recommendation_id, s.outcome, s.at, s.channel, s.agent, s.reason,
           first_value(s.line) over (partition by c.id, s.recommendation_id, o.id, s.outcome order by s.line) as first_line
    from staging.rows s
    left join customer c on c.code = s.customer_id
    left join offering o on o.code = s.offering
    where s.spared is not true
), judged as (
    select n.*,
           case when n.customer_id is null then 'customer'
                when n.offering_id is null then 'offering'
                when n.first_line <> n.line then 'duplicate' end as verdict
    from named n
), matched as (
    select j.line, j.verdict, j.first_line, j.customer_code, j.offering_code, j.customer_id, j.offering_id,
           j.recommendation_id, j.outcome, t.customer_id is not null as held, j.at,
           case when 'channel' = any($1::text[]) then j.channel else t.channel end as channel,
           case when 'agent' = any($1) then j.agent else t.agent end as agent,
           case when 'reason' = any($1) then j.reason else t.reason end as reason,
           t.at as was_at, t.channel as was_channel, t.agent as was_agent, t.reason as was_reason
    from judged j
    left join outcome t on j.verdict is null and t.customer_id = j.customer_id
        and t.recommendation_id = j.recommendation_id and t.offering_id = j.offering_id and t.outcome = j.outcome
)
select line, verdict, first_line, customer_code, offering_code, customer_id, offering_id, recommendation_id, outcome,
       held, at, channel, agent, reason,
       held and (at, channel, agent, reason) is distinct from (was_at, was_channel, was_agent, was_reason) as differs
from matched
order by customer_id, recommendation_id;

-- name: reject
-- Rows that name what does not exist, or repeat a key of the file.
insert into import_reject (batch_id, line, column_name, value, reason)
select $1::bigint, line, case verdict when 'customer' then 'customer_id' when 'offering' then 'offering' else '' end,
       regexp_replace(
           case verdict when 'customer' then customer_code when 'offering' then offering_code else '' end,
           '(1[3-9][0-9])[0-9]{4}([0-9]{4})', '\1****\2', 'g'
       ),
       case verdict
           when 'customer' then '{"en": "unknown customer; import customers first", "zh": "未知客户；请先导入客户"}'::jsonb
           when 'offering' then '{"en": "unknown offering; import the catalog first", "zh": "未知产品编码；请先导入目录"}'::jsonb
           else jsonb_build_object('en', 'same key as line ' || first_line, 'zh', '与第 ' || first_line || ' 行的键相同') end
from staging.keyed where verdict is not null;

-- name: update
-- Changes what is known and differs.
update outcome t
set (at, channel, agent, reason) = (k.at, k.channel, k.agent, k.reason)
from staging.keyed k
where k.verdict is null and k.differs and t.customer_id = k.customer_id
  and t.recommendation_id = k.recommendation_id and t.offering_id = k.offering_id and t.outcome = k.outcome;

-- name: insert
-- Adds what was not known.
insert into outcome (customer_id, recommendation_id, offering_id, outcome, at, channel, agent, reason)
select customer_id, recommendation_id, offering_id, outcome, at, channel, agent, reason
from staging.keyed
where verdict is null and not held;

-- name: unknown_channels
-- Channels that the file names and no register has, where there is a register; at most twenty.
select distinct channel from staging.keyed k
where k.verdict is null and k.channel is not null
  and exists (select from catalog_entry where kind = 'channel')
  and not exists (select from catalog_entry e where e.kind = 'channel' and e.code = k.channel)
order by channel limit 20;
