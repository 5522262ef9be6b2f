-- Customers, what was known of them and since when, markets and their members, products held, monthly usage.
-- Large tables are hash-partitioned in sixteen; a customer's rows of each lie in one partition.

create type product_status as enum
    ('created', 'pendingActive', 'active', 'suspended', 'pendingTerminate', 'terminated', 'cancelled', 'aborted');
create type product_origin as enum ('VOLUNTARY', 'BUNDLE', 'GIFT', 'TRIAL');

create sequence customer_id_seq;

-- `code` is the operator's own customer id; `id` is ours, small and dense, and is the key of everything below.
create table customer (
    code            text not null check (code <> ''),
    id              bigint not null default nextval('customer_id_seq'),
    kind            text not null default 'PERSON' check (kind in ('PERSON', 'ENTERPRISE')),
    status          text not null default 'active' check (status in ('prospective', 'active', 'suspended', 'closed')),
    msisdn          text,
    name            text,
    place           text,
    brand           text,
    joined_at       timestamptz,
    enterprise      text,
    industry        text,
    size_class      text check (size_class in ('A', 'B', 'C', 'D', 'E', 'F', 'G')),
    account_manager text,
    tags            text[] not null default '{}',
    personalisation boolean not null default true,
    etag            bigint not null default 1,
    updated_at      timestamptz not null default now(),
    primary key (code)
) partition by hash (code);

-- Any column an operator has, declared when it is first imported.
create table attribute (
    code      text primary key check (code <> ''),
    kind      text not null check (kind in ('categorical', 'numeric', 'date')),
    sensitive boolean not null default false,
    name      jsonb not null default '{}'
);

-- What was known of a customer from a moment on: {"gender": "F", "tenure": 12, "contract_end": "2026-05-01"}.
create table customer_profile (
    customer_id bigint not null,
    known_from  timestamptz not null default '-infinity',
    attributes  jsonb not null,
    primary key (customer_id, known_from)
) partition by hash (customer_id);

-- A place is a path of codes: province/city/district. A region contains every path that begins with it.
create table market_segment (
    id        int generated always as identity primary key,
    code      text not null unique check (code <> ''),
    kind      text not null check (kind in ('CAMPUS', 'PARK', 'MARKET', 'VILLAGE', 'BUILDING', 'OTHER')),
    name      jsonb not null,
    place     text,
    size      int check (size >= 0),
    potential numeric(18, 4),
    facts     jsonb not null default '{}',
    valid     tstzrange not null default tstzrange(null, null),
    etag      bigint not null default 1
);

create table market_member (
    customer_id bigint not null,
    market_id   int not null references market_segment (id),
    member_from timestamptz not null default '-infinity',
    member_to   timestamptz,
    primary key (customer_id, market_id, member_from)
) partition by hash (customer_id);
create index market_member_market_id on market_member (market_id);

-- A product held (a subscription) is known by who holds what since when; `instance` tells several of the same apart.
-- An unknown start is -infinity.
create table product (
    customer_id        bigint not null,
    start_date         timestamptz not null default '-infinity',
    termination_date   timestamptz,
    offering_id        int not null,
    bundle_offering_id int,
    status             product_status not null default 'active',
    origin             product_origin not null default 'VOLUNTARY',
    version            smallint,
    price              numeric(18, 4),
    instance           text not null default '',
    channel            text,
    agent              text,
    primary key (customer_id, offering_id, start_date, instance)
) partition by hash (customer_id);

create table product_usage (
    customer_id bigint not null,
    offering_id int not null,
    month       date not null check (extract(day from month) = 1),
    active_days smallint not null check (active_days between 0 and 31),
    last_active date,
    volume      double precision,
    primary key (customer_id, offering_id, month)
) partition by hash (customer_id);

do $$
declare
    parent text;
begin
    foreach parent in array array['customer', 'customer_profile', 'market_member', 'product', 'product_usage'] loop
        for part in 0..15 loop
            execute format('create table %I partition of %I for values with (modulus 16, remainder %s)',
                           parent || '_p' || lpad(part::text, 2, '0'), parent, part);
        end loop;
    end loop;
end $$;

create index customer_id_key on customer (id);
create index customer_msisdn on customer (msisdn) where msisdn is not null;
