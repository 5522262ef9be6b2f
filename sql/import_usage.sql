-- Monthly usage, from a staged file into the table. $1 of `key` names the columns that the file has.

-- name: stage
-- The rows of the file as they were checked.
create table staging.rows (
    line bigint not null, spared boolean, customer_id text, offering text, month date, active_days bigint,
    last_active date, volume double precision
) partition by hash (customer_id);

-- name: named
-- The same rows with the ids they speak of, in slices by customer as usage is; a code is kept where it has no id.
create table staging.named (
    line bigint not null, customer_id bigint, offering_id int, month date, active_days bigint, last_active date,
    volume double precision, customer_code text, offering_code text
) partition by hash (customer_id);

-- name: name
-- One slice of rows with the ids they speak of.
select s.line, c.id as customer_id, o.id as offering_id, s.month, s.active_days, s.last_active, s.volume,
       case when c.id is null then s.customer_id end as customer_code,
       case when o.id is null then s.offering end as offering_code
from staging.rows s
left join customer_p00 c on c.code = s.customer_id
left join offering o on o.code = s.offering
where s.spared is not true;

-- name: key
-- Each row in the order of the key, which spares the index: with why it cannot land if so (verdict), and the row it
-- makes of what is known.
create unlogged table staging.keyed as
with numbered as (
    select n.*, first_value(line) over (partition by customer_id, offering_id, month order by line) as first_line
    from staging.named n
), judged as (
    select n.*,
           case when n.customer_id is null then 'customer'
                when n.offering_id is null then 'offering'
                when n.first_line <> n.line then 'duplicate' end as verdict
    from numbered n
), matched as (
    select j.line, j.verdict, j.first_line, j.customer_code, j.offering_code, j.customer_id, j.offering_id, j.month,
           u.customer_id is not null as held, j.active_days,
           case when 'last_active' = any($1::text[]) then j.last_active else u.last_active end as last_active,
           case when 'volume' = any($1) then j.volume else u.volume end as volume,
           u.active_days as was_days, u.last_active as was_last, u.volume as was_volume
    from judged j
    left join product_usage_p00 u on j.verdict is null and u.customer_id = j.customer_id
        and u.offering_id = j.offering_id and u.month = j.month
)
select line, verdict, first_line, customer_code, offering_code, customer_id, offering_id, month, held, active_days,
       last_active, volume,
       held and (active_days, last_active, volume) is distinct from (was_days, was_last, was_volume) as differs
from matched
order by customer_id, offering_id, month;

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
update product_usage_p00 u
set (active_days, last_active, volume) = (k.active_days, k.last_active, k.volume)
from staging.keyed k
where k.verdict is null and k.differs and u.customer_id = k.customer_id and u.offering_id = k.offering_id
  and u.month = k.month;

-- name: insert
-- Adds what was not known.
insert into product_usage_p00 (customer_id, offering_id, month, active_days, last_active, volume)
select customer_id, offering_id, month, active_days, last_active, volume
from staging.keyed
where verdict is null and not held;
