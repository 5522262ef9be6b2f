-- Members of markets, from a staged file into the table. $1 of `key` names the columns that the file has.

-- name: stage
-- The rows of the file as they were checked.
create unlogged table staging.rows (
    line bigint not null, spared boolean, market text, customer_id text, member_from timestamptz, member_to timestamptz
);

-- name: key
-- Each row in the order of the key, which spares the index: with the ids it speaks of, why it cannot land if so
-- (verdict), and the row it makes of what is known.
create unlogged table staging.keyed as
with named as (
    select s.line, s.spared, s.customer_id as customer_code, s.market as market_code, c.id as customer_id,
           m.id as market_id, coalesce(s.member_from, '-infinity') as member_from, s.member_to,
           first_value(s.line) over (
               partition by c.id, m.id, coalesce(s.member_from, '-infinity') order by s.line
           ) as first_line
    from staging.rows s
    left join customer c on c.code = s.customer_id
    left join market_segment m on m.code = s.market
), judged as (
    select n.*,
           case when n.spared then 'spared'
                when n.market_id is null then 'market'
                when n.customer_id is null then 'customer'
                when n.first_line <> n.line then 'duplicate' end as verdict
    from named n
)
select j.line, j.verdict, j.first_line, j.customer_code, j.market_code, j.customer_id, j.market_id, j.member_from,
       m.customer_id is not null as held,
       case when 'member_to' = any($1::text[]) then j.member_to else m.member_to end as member_to,
       m.customer_id is not null and 'member_to' = any($1) and j.member_to is distinct from m.member_to as differs
from judged j
left join market_member m on j.verdict is null and m.customer_id = j.customer_id and m.market_id = j.market_id
    and m.member_from = j.member_from
order by j.customer_id, j.market_id, j.member_from;

-- name: reject
-- Rows that name what does not exist, or repeat a key of the file.
insert into import_reject (batch_id, line, column_name, value, reason)
select $1::bigint, line, case verdict when 'customer' then 'customer_id' when 'market' then 'market' else '' end,
       regexp_replace(
           case verdict when 'customer' then customer_code when 'market' then market_code else '' end,
           '(1[3-9][0-9])[0-9]{4}([0-9]{4})', '\1****\2', 'g'
       ),
       case verdict
           when 'customer' then '{"en": "unknown customer; import customers first", "zh": "未知客户；请先导入客户"}'::jsonb
           when 'market' then '{"en": "unknown market; import markets first", "zh": "未知市场；请先导入市场"}'::jsonb
           else jsonb_build_object('en', 'same key as line ' || first_line, 'zh', '与第 ' || first_line || ' 行的键相同') end
from staging.keyed where verdict <> 'spared';

-- name: update
-- Changes what is known and differs.
update market_member m set member_to = k.member_to
from staging.keyed k
where k.verdict is null and k.differs and m.customer_id = k.customer_id and m.market_id = k.market_id
  and m.member_from = k.member_from;

-- name: insert
-- Adds what was not known.
insert into market_member (customer_id, market_id, member_from, member_to)
select customer_id, market_id, member_from, member_to
from staging.keyed
where verdict is null and not held;

-- name: terminate
-- Ends at $1 the memberships that a full state leaves out. Who has a rejected row keeps all of theirs.
update market_member m set member_to = greatest(m.member_from, $1::timestamptz)
where (m.member_to is null or m.member_to > $1) and m.member_from <= $1
  and not exists (
      select from staging.keyed k
      where k.verdict is null and k.customer_id = m.customer_id and k.market_id = m.market_id
        and k.member_from = m.member_from
  )
  and m.customer_id not in (
      select c.id from staging.keyed k join customer c on c.code = k.customer_code where k.verdict in ('spared', 'market')
  );

-- name: kept
-- How many rows of the file are about what was there already.
select count(*) from staging.keyed where held;
