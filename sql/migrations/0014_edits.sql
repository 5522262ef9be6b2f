-- Plans that can be cancelled, launches that a second person approves, holders that move to a later version.

-- A launch or a retirement that lies ahead: {"1": "2027-01-01T00:00:00+08:00", "2": null}, the end that the validity of each
-- version of the offering had before. A version is rewritten as a whole, so nothing here refers to its row.
create table offering_schedule (
    offering_id int not null references offering (id),
    version     int not null,
    undo        jsonb not null,
    primary key (offering_id, version)
);

-- What somebody wants to launch or to retire, for somebody else to decide. It holds for the version as it was at this etag;
-- an edit voids it. `at` null: as soon as it is approved.
create table approval (
    id           bigint generated always as identity primary key,
    offering_id  int not null references offering (id),
    version      int not null,
    etag         bigint not null,
    action       text not null check (action in ('LAUNCH', 'RETIRE', 'CANCEL_SCHEDULE')),
    at           timestamptz,
    with_parts   boolean not null default false,
    reason       text,
    requested_by text not null,
    requested_at timestamptz not null,
    decision     text check (decision in ('APPROVED', 'REFUSED', 'WITHDRAWN', 'VOID')),
    decided_by   text,
    decided_at   timestamptz,
    decision_reason text,
    check ((decision is null) = (decided_at is null))
);
create unique index approval_undecided on approval (offering_id, version) where decision is null;

-- Holders of one version who get another from `at` on. Until `done_at` the row itself says so; then the products do.
-- `next_customer` is where the rewriting of products goes on.
create table holder_move (
    id            bigint generated always as identity primary key,
    offering_id   int not null references offering (id),
    from_version  int not null,
    to_version    int not null,
    at            timestamptz not null,
    reason        text,
    requested_by  text not null,
    requested_at  timestamptz not null,
    next_customer bigint not null default 0,
    moved         bigint not null default 0,
    done_at       timestamptz,
    cancelled_at  timestamptz,
    check (from_version <> to_version)
);
create index holder_move_open on holder_move (offering_id, at) where done_at is null and cancelled_at is null;

-- A category never stands below itself, whoever moves it: two moves at once wait for each other here, and the second sees
-- the first.
create function refuse_category_cycle() returns trigger language plpgsql as $$
declare
    above int := new.parent_id;
    steps int := 0;
begin
    perform pg_advisory_xact_lock(hashtext('jishi.catalog'));
    while above is not null loop
        if above = new.id or steps > 1000 then
            raise exception 'category % would stand below itself', new.code using errcode = 'check_violation';
        end if;
        select parent_id into above from category where id = above;
        steps := steps + 1;
    end loop;
    return null;
end $$;
create constraint trigger category_cycle after insert or update of parent_id on category
    deferrable initially deferred for each row execute function refuse_category_cycle();
