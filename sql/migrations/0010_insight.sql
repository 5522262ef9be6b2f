-- What is known of customers, segments and products beyond their own rows: recomputed as a whole by each refresh.

-- What value, risk, stages, moments and plays mean to this operator; without a row the built-in definition holds.
create table insight_definition (
    only_row   boolean primary key default true check (only_row),
    content    jsonb not null,
    changed_at timestamptz not null
);

-- One refresh: by which definition, and how well its models do.
create table insight_run (
    version    int generated always as identity primary key,
    at         timestamptz not null,
    customers  bigint not null,
    definition jsonb not null,
    report     jsonb not null
);

-- Customers have two slots: one is read while the next refresh fills the other, and a switch is one row.
create table insight_serving (
    only_row boolean primary key default true check (only_row),
    version  int not null references insight_run (version),
    slot     smallint not null check (slot in (0, 1))
);

create table customer_insight (
    slot            smallint not null,
    customer_id     bigint not null,
    value_score     real,
    value_level     text,
    monthly_revenue numeric(18, 4),
    churn_risk      real check (churn_risk between 0 and 1),
    quadrant        text,
    lifecycle_stage text not null,
    segment         text,
    data_use        text,
    calling         text,
    primary key (slot, customer_id)
) partition by list (slot);

-- A moment is open from its first day up to, not including, its last.
create table customer_moment (
    slot        smallint not null,
    customer_id bigint not null,
    moment      text not null,
    open_from   timestamptz not null,
    open_until  timestamptz not null check (open_until > open_from),
    primary key (slot, customer_id, moment)
) partition by list (slot);

do $$
begin
    for each in 0..1 loop
        execute format('create table customer_insight_%s partition of customer_insight for values in (%s)', each, each);
        execute format('create table customer_moment_%s partition of customer_moment for values in (%s)', each, each);
    end loop;
end $$;

-- Small tables are replaced in the transaction that switches the slot.
create table value_pyramid (
    kind            text not null,
    level           text not null,
    position        int not null,
    customers       bigint not null,
    monthly_revenue numeric(18, 4) not null,
    primary key (kind, level)
);

-- `traits` says what sets a segment apart: [{"kind": "ATTRIBUTE", "key": "data_use", "label": null, "mean": …,
-- "reference": …, "lift": …, "distance": …}], the most distinctive first.
create table needs_segment (
    code      text primary key,
    kind      text not null,
    customers bigint not null,
    share     double precision not null,
    traits    jsonb not null
);

-- How many customers each play is for, after its cost was checked.
create table play_reach (
    play      text primary key,
    customers bigint not null
);

-- One row an item of the recommender, under the offering that it is named after. `health` in [0, 1] multiplies its rank.
create table product_health (
    offering_id     int primary key,
    subscribers     bigint not null,
    subscribers_before bigint not null,
    active_share    double precision,
    churn_share     double precision,
    forced_share    double precision,
    cancelled_share double precision,
    monthly_revenue numeric(18, 4) not null,
    margin          double precision,
    monthly_profit  numeric(18, 4),
    relative_share  double precision,
    growth          double precision,
    portfolio_class text check (portfolio_class in ('STAR', 'CASH_COW', 'QUESTION_MARK', 'DOG')),
    health          double precision not null check (health between 0 and 1),
    warnings        text[] not null default '{}',
    advice          text check (advice in ('RETIRE', 'MERGE')),
    merge_into      int
);
