-- Audit, idempotency and imports.

create table audit (
    id         bigint generated always as identity primary key,
    at         timestamptz not null,
    subject    text not null,
    role       text not null,
    action     text not null,
    entity     text not null,
    entity_id  text not null,
    request_id text,
    detail     jsonb
);
create index audit_entity on audit (entity, entity_id, at);
create index audit_at on audit using brin (at);

create table idempotency (
    subject  text not null,
    key      text not null,
    request  text not null,
    response jsonb not null,
    at       timestamptz not null,
    primary key (subject, key)
);
create index idempotency_at on idempotency (at);

create table import_batch (
    id           bigint generated always as identity primary key,
    kind         text not null,
    mode         text not null check (mode in ('delta', 'full')),
    file_name    text not null,
    sha256       text not null,
    effective_at timestamptz not null,
    status       text not null default 'STAGING' check (status in ('STAGING', 'PUBLISHED', 'ABANDONED')),
    rows_read    bigint not null default 0,
    rows_rejected bigint not null default 0,
    rows_changed bigint not null default 0,
    started_at   timestamptz not null,
    published_at timestamptz
);
create unique index import_batch_open on import_batch (kind, sha256, mode) where status = 'STAGING';
create index import_batch_file on import_batch (sha256, kind);

create table import_chunk (
    batch_id      bigint not null references import_batch (id) on delete cascade,
    number        int not null,
    rows_staged   bigint not null,
    rows_rejected bigint not null,
    primary key (batch_id, number)
);

create table import_reject (
    batch_id    bigint not null references import_batch (id) on delete cascade,
    line        bigint not null,
    column_name text not null,
    value       text,
    reason      jsonb not null,
    primary key (batch_id, line, column_name)
);

-- Rows of files on their way in; each batch makes its own unlogged table here and drops it when it is published.
create schema staging;
