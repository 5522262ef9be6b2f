-- Members of markets, from a staged file into the table. $1 of `key` names the columns that the file has.

-- name: stage
-- The rows of the file as they were checked.
create table staging.rows (
    line bigint not null, spared boolean, market text, customer_id text, member_from timestamptz, member_to timestamptz
) partition by hash (customer_id);

-- name: named
-- The same rows with the ids they speak of, in slices by customer as members are; a code is kept where it has no id.
create table staging.named (
    line bigint not null, spared boolean, customer_id bigint, market_id int, member_from timestamptz not null,
    member_to timestamptz, customer_code text, market_code text
) partition by hash (customer_id);

-- name: name
-- One slice of rows with the ids they speak of.
select s.line, s.spared, c.id as customer_id, m.id as market_id, coalesce(s.member_from, '-infinity') as member_from,
       s.member_to, case when c.id is null then s.customer_id end as customer_code,
       case when m.id is null then s.market end as market_code
from staging.rows s
left join customer_p00 c on c.code = s.customer_id
left join market_segment m on m.code = s.market;

-- name: key
-- Each row in the order of the key, which spares the index: with why it cannot land if so (verdict), and the row it
-- makes of what is known.
create unlogged table staging.keyed as
with numbered as (
    select n.*, first_value(line) over (partition by customer_id, market_id, member_from order by line) as first_line
    from staging.named n
), judged as (
    select n.*,
           case when n.spared then 'spared'
                when n.market_id is null then 'market'
                when n.customer_id is null then 'customer'
                when n.first_line <> n.line then 'duplicate' end as verdict
    from numbered n
)
select j.line, j.verdict, j.first_line, j.customer_code, j.market_code, j.customer_id, j.market_id, j.member_from,
       m.customer_id is not null as held,
       case when 'member_to' = any($1::text[]) then j.member_to else m.member_to end as member_to,
       m.customer_id is not null and 'member_to' = any($1) and j.member_to is distinct from m.member_to as differs
from judged j
left join market_member_p00 m on j.verdict is null and m.customer_id = j.customer_id and m.market_id = j.market_id
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
update market_member_p00 m set member_to = k.member_to
from staging.keyed k
where k.verdict is null and k.differs and m.customer_id = k.customer_id and m.market_id = k.market_id
  and m.member_from = k.member_from;

-- name: insert
-- Adds what was not known.
insert into market_member_p00 (customer_id, market_id, member_from, member_to)
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
      select customer_id from staging.keyed where verdict in ('spared', 'market') and customer_id is not null
  );

-- name: kept
-- How many rows of the file are about what was there already.
select count(*) from staging.keyed where held;
