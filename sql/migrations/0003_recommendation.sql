-- Models and their promotions, and what came of recommendations.

create table model (
    version     int generated always as identity primary key,
    created_at  timestamptz not null,
    promoted_at timestamptz,
    manifest    jsonb not null,
    artifact    bytea not null,
    sha256      text not null check (length(sha256) = 64)
);
alter table model alter column artifact set storage external;

-- One row: the model that serves, and the one that served before it.
create table model_serving (
    only_row boolean primary key default true check (only_row),
    version  int not null references model (version),
    previous int references model (version),
    since    timestamptz not null
);

create table outcome (
    customer_id       bigint not null,
    recommendation_id uuid not null,
    offering_id       int not null,
    outcome           text not null check (outcome in ('SHOWN', 'ACCEPTED', 'REFUSED', 'CANCELLED_LATER')),
    at                timestamptz not null,
    channel           text,
    agent             text,
    reason            text,
    model_version     int,
    priority          smallint,
    score             real,
    primary key (customer_id, recommendation_id, offering_id, outcome)
) partition by hash (customer_id);

do $$
begin
    for part in 0..15 loop
        execute format('create table %I partition of outcome for values with (modulus 16, remainder %s)',
                       'outcome_p' || lpad(part::text, 2, '0'), part);
    end loop;
end $$;

-- What a product row says about taste at a time; one definition for training and for serving.
-- Forced rows (bundle, gift, running trial) and rows that nobody uses are not taste; an unknown use counts as use.
create function holding_kind(
    status product_status, origin product_origin, termination_date timestamptz, active_days smallint, at timestamptz
) returns text immutable language sql return
    case
        when termination_date <= at then 'ended'
        when termination_date is null and status in ('terminated', 'cancelled', 'aborted') then 'ended'
        when origin <> 'VOLUNTARY' then 'forced'
        when active_days = 0 then 'inactive'
        else 'voluntary'
    end;
