-- The catalog in force as plain tables, for servers that know nothing of versions and dates: a schema such as a
-- newcomer would make, with every index that the queries want. Each table is read once from the product's own rows.
drop schema if exists peers cascade;
create schema peers;
set search_path = peers, public;

create table category as
select c.code as code, c.name ->> 'en' as name, p.code as parent
from public.category c left join public.category p on p.id = c.parent_id;
alter table category add primary key (code);

-- Every category with itself and what is above it.
create table category_above as
with recursive walk as (
    select code, code as above from category
    union all
    select w.code, c.parent from walk w join category c on c.code = w.above where c.parent is not null
)
select code, above from walk;
alter table category_above add primary key (code, above);

create table channel as
select code, name ->> 'en' as name from public.catalog_entry where kind = 'channel';
alter table channel add primary key (code);

create temp table in_force as
select o.code, v.* from public.offering_version v join public.offering o on o.id = v.offering_id
where v.lifecycle_status = 'LAUNCHED' and v.valid @> now();

create table offering as
select v.code as code, v.name ->> 'en' as name, v.description ->> 'en' as description, v.lifecycle_status, v.family,
       v.complexity, v.is_sellable, v.is_bundle,
       (select sum(p.value) from public.offering_price p
        where p.offering_id = v.offering_id and p.version = v.version and p.price_type = 'RECURRING'
          and p.recurring_charge_period = 'month' and p.term is null and p.valid @> now()) as monthly_fee
from in_force v;
alter table offering add primary key (code);

create type amount as (unit text, value text);
create table price as
select v.code as offering, row_number() over (partition by v.code order by p.position, p.code)::int as position, p.code,
       p.name ->> 'en' as name, p.price_type, p.recurring_charge_period,
       case when p.value is not null then row (p.unit, p.value::text)::amount end as price
from public.offering_price p join in_force v on v.offering_id = p.offering_id and v.version = p.version
where p.valid @> now();
alter table price add primary key (offering, position), add foreign key (offering) references offering;

create table part as
select v.code as bundle, row_number() over (partition by v.code order by p.position, o.code)::int as position,
       o.code as offering, p.default_count
from public.offering_part p
join in_force v on v.offering_id = p.offering_id and v.version = p.version
join public.offering o on o.id = p.part_id;
alter table part add primary key (bundle, position), add foreign key (bundle) references offering,
    add foreign key (offering) references offering;

create table offering_category as
select v.code as offering, c.code as category
from public.offering_category oc
join in_force v on v.offering_id = oc.offering_id and v.version = oc.version
join public.category c on c.id = oc.category_id;
alter table offering_category add primary key (offering, category), add foreign key (offering) references offering,
    add foreign key (category) references category;
create index on offering_category (category, offering);

create table offering_channel as
select v.code as offering, oc.channel
from public.offering_channel oc join in_force v on v.offering_id = oc.offering_id and v.version = oc.version;
alter table offering_channel add primary key (offering, channel), add foreign key (offering) references offering;

create table solution as
select code, name ->> 'en' as name, content -> 'description' ->> 'en' as description
from public.catalog_entry where kind = 'solution' and valid @> now();
alter table solution add primary key (code);

create table market as
select code, kind, name ->> 'en' as name, place, size from public.market_segment where valid @> now();
alter table market add primary key (code);

create table application as
select m.code as market, a.solution
from public.solution_application a join public.market_segment m on m.id = a.market_id;
alter table application add primary key (market, solution), add foreign key (market) references market,
    add foreign key (solution) references solution;

create table applied as
select m.code as market, p.solution, t.code as template, coalesce(c.code, t.code) as code, c.code is not null as is_copy
from public.solution_part p
join public.market_segment m on m.id = p.market_id
join public.offering t on t.id = p.template_id
left join public.offering c on c.id = p.copy_id;
alter table applied add primary key (market, solution, template),
    add foreign key (market, solution) references application;

analyze;
