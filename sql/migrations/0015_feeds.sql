-- What other systems follow: changes of the catalog, hand-overs and their states, and the webhooks that carry both.
-- A number of a feed is given out under a lock that is held until the transaction ends: numbers become visible in their
-- order, so that a reader who goes on behind the last number it saw misses nothing.

create table catalog_change (
    sequence   bigint generated always as identity primary key,
    revision   bigint not null,
    at         timestamptz not null,
    subject    text,
    request_id text,
    entity     text not null,
    code       text not null,
    version    int,
    action     text not null,
    before     jsonb,
    after      jsonb
);
create index catalog_change_code on catalog_change (entity, code, sequence);
create index catalog_change_nobody on catalog_change (at) where subject is null;

-- The revision that this transaction leads to is not known before its last statement; until then it is the next one.
create function catalog_revision_moved() returns trigger language plpgsql as $$
begin
    perform set_config('jishi.revision', new.revision::text, true);
    return null;
end $$;
create trigger catalog_revision_moved after update on catalog_revision
    for each row execute function catalog_revision_moved();

create function record_catalog_change(
    at timestamptz, subject text, request_id text, entity text, code text, version int, action text,
    before jsonb, after jsonb
) returns void language plpgsql as $$
declare
    known bigint;
begin
    select revision into known from catalog_revision for update;
    insert into catalog_change (revision, at, subject, request_id, entity, code, version, action, before, after)
    values (coalesce(nullif(current_setting('jishi.revision', true), '')::bigint, known + 1), at, subject, request_id,
            entity, code, version, action, before, after);
    perform pg_notify('feed', 'catalog');
end $$;

-- Edits of offerings are told by their audit rows, which hold what was and what is; a row that tells neither, like the
-- request of an approval, changed nothing that anybody is sold. Everything else that one transaction
-- changed is the doing of whoever its audit row names.
create function audit_to_catalog_change() returns trigger language plpgsql as $$
declare
    one jsonb;
begin
    if new.entity = 'product_offering' and (new.detail ?| '{before,after,beside}')
       and not (new.detail -> 'before' = '{}' and new.detail -> 'after' = '{}' and not new.detail ? 'beside') then
        perform record_catalog_change(
            new.at, new.subject, new.request_id, new.entity, new.entity_id, (new.detail ->> 'version')::int, new.action,
            new.detail -> 'before', new.detail -> 'after');
        for one in select jsonb_array_elements(coalesce(new.detail -> 'beside', '[]')) loop
            perform record_catalog_change(
                new.at, new.subject, new.request_id, new.entity, new.entity_id, (one ->> 'version')::int,
                'offering.validity', null, jsonb_build_object('validFor', one -> 'validFor'));
        end loop;
    end if;
    update catalog_change set subject = new.subject, request_id = new.request_id
    where catalog_change.subject is null and catalog_change.at = now();
    return null;
end $$;
create trigger audit_to_catalog_change after insert on audit
    for each row when (new.entity not in ('customer', 'customer_id', 'hand_over', 'webhook'))
    execute function audit_to_catalog_change();

-- A row as the feed shows it: with dates of validity for its range, a parent's code, and a register's content.
create function shown_in_feed(kind text, of_row jsonb) returns jsonb stable language sql return
    jsonb_strip_nulls(
        (of_row - '{id,etag,changed_at,valid,parent_id,content}'::text[])
        - case kind when 'market_segment' then '' else 'kind' end
        || coalesce(of_row -> 'content', '{}')
        || jsonb_build_object(
            'parent', (select c.code from category c where c.id = (of_row ->> 'parent_id')::int),
            'validFor', nullif(jsonb_strip_nulls(jsonb_build_object(
                'startDateTime', lower((of_row ->> 'valid')::tstzrange),
                'endDateTime', upper((of_row ->> 'valid')::tstzrange))), '{}')));

-- Categories, markets and entries of registers are small: what differs of the row is the change, whoever wrote it.
create function row_to_catalog_change() returns trigger language plpgsql as $$
declare
    whole   jsonb := coalesce(to_jsonb(new), to_jsonb(old));
    known   text := case when tg_table_name = 'catalog_entry' then whole ->> 'kind' else tg_table_name end;
    old_row jsonb := coalesce(shown_in_feed(tg_table_name, to_jsonb(old)), '{}');
    new_row jsonb := coalesce(shown_in_feed(tg_table_name, to_jsonb(new)), '{}');
    was     jsonb;
    became  jsonb;
begin
    select jsonb_object_agg(key, value) into was from jsonb_each(old_row) where new_row -> key is distinct from value;
    select jsonb_object_agg(key, value) into became from jsonb_each(new_row) where old_row -> key is distinct from value;
    if was is not null or became is not null then
        perform record_catalog_change(
            now(), null, null, known, whole ->> 'code', null,
            known || case tg_op when 'INSERT' then '.create' when 'DELETE' then '.delete' else '.edit' end,
            coalesce(was, '{}'), coalesce(became, '{}'));
    end if;
    return null;
end $$;
create trigger category_change after insert or update or delete on category
    for each row execute function row_to_catalog_change();
create trigger market_segment_change after insert or update or delete on market_segment
    for each row execute function row_to_catalog_change();
create trigger catalog_entry_change after insert or update or delete on catalog_entry
    for each row execute function row_to_catalog_change();

-- What a customer accepted, on its way to the system that delivers it: an order, or a lead for an account manager.
create table hand_over (
    id                bigint generated always as identity primary key,
    kind              text not null check (kind in ('ORDER', 'LEAD')),
    status            text not null check (status in
        ('ACKNOWLEDGED', 'PENDING', 'IN_PROGRESS', 'HELD', 'COMPLETED', 'FAILED', 'REJECTED', 'CANCELLED')),
    status_reason     text,
    customer_id       bigint not null,
    offering_id       int not null references offering (id),
    version           int not null,
    quantity          int not null check (quantity > 0),
    parts             jsonb not null default '{}',
    term              text,
    is_trial          boolean not null default false,
    trial_until       timestamptz,
    quote             jsonb,
    -- A step up takes the place of what is held: which product gives way.
    replaces          text check (replaces <> ''),
    channel           text,
    agent             text,
    account_manager   text,
    contact_consent   boolean not null default false,
    note              text,
    recommendation_id uuid,
    external_id       text,
    created_at        timestamptz not null,
    created_by        text not null,
    updated_at        timestamptz not null,
    etag              bigint not null default 1
);
create index hand_over_customer on hand_over (customer_id, offering_id);
create index hand_over_open on hand_over (offering_id, customer_id)
    where status in ('ACKNOWLEDGED', 'PENDING', 'IN_PROGRESS', 'HELD');
create index hand_over_status on hand_over (status, id);

create table hand_over_event (
    sequence      bigint primary key,
    hand_over_id  bigint not null references hand_over (id) on delete cascade,
    at            timestamptz not null,
    subject       text not null,
    before_status text,
    status        text not null,
    reason        text
);
create index hand_over_event_of on hand_over_event (hand_over_id, sequence);
create sequence hand_over_event_sequence owned by hand_over_event.sequence;

create function number_hand_over_event() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('jishi.hand_over'));
    new.sequence := nextval('hand_over_event_sequence');
    perform pg_notify('feed', 'hand_over');
    return new;
end $$;
create trigger number_hand_over_event before insert on hand_over_event
    for each row execute function number_hand_over_event();

-- Who is told. A secret stands in no table: it is made from the key in JISHI_HOME, the endpoint and its generation.
create table webhook_endpoint (
    id                int generated always as identity primary key,
    code              text not null unique check (code <> ''),
    url               text not null,
    personal_data     boolean not null default false,
    secret_generation int not null default 1,
    previous_until    timestamptz,
    created_at        timestamptz not null,
    created_by        text not null,
    etag              bigint not null default 1
);

-- How far an endpoint was told of a feed, and the batch on its way: the rows behind `cursor` up to `batch_until`.
create table webhook_stream (
    endpoint_id  int not null references webhook_endpoint (id) on delete cascade,
    topic        text not null check (topic in ('CATALOG_CHANGED', 'HAND_OVER_CHANGED')),
    status       text not null default 'ACTIVE' check (status in ('ACTIVE', 'PAUSED', 'DEAD')),
    cursor       bigint not null,
    batch_until  bigint check (batch_until > cursor),
    batch_id     uuid,
    attempts     int not null default 0,
    next_at      timestamptz not null,
    lease        uuid,
    leased_until timestamptz,
    last_at      timestamptz,
    last_status  int,
    last_error   text,
    delivered    bigint not null default 0,
    delivered_at timestamptz,
    primary key (endpoint_id, topic)
);

-- Labels of customers: which there are, and the rule that sets one where it has one.
create table tag (
    code      text primary key check (code <> ''),
    name      jsonb not null default '{}',
    condition jsonb,
    valid     tstzrange not null default tstzrange(null, null) check (not isempty(valid)),
    etag      bigint not null default 1
);

-- What people and rules say of a customer's tags, beside those that the operator's files bring in `tags`:
-- {"vip": {"set": true, "source": "PERSON", "by": "…", "reason": "…", "since": "…", "until": "…"}}.
alter table customer add column tagging jsonb check (jsonb_typeof(tagging) = 'object');

-- The tags that hold at a time: those of files and those that were set, without those that were taken away.
create function tags_at(tags text[], tagging jsonb, at timestamptz) returns text[] stable parallel safe language sql
return case when tagging is null or tagging = '{}' then tags else (
    with said as (
        select key, (value ->> 'set')::boolean as is_set from jsonb_each(tagging)
        where coalesce((value ->> 'until')::timestamptz > at, true)
    )
    select coalesce(array_agg(tag order by tag), '{}') from (
        select unnest(tags) as tag union select key from said where is_set
        except select key from said where not is_set
    ) kept
) end;
