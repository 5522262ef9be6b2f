-- Documents that front-ends uploaded, by the name that each of them gave to its own; what a document is, its hash says.

create table document (
    app    text not null,
    id     text not null,
    digest text not null check (digest ~ '^[0-9a-f]{64}$'),
    text   text not null,
    at     timestamptz not null,
    primary key (app, id)
);
create index document_id on document (id);

-- Counts every change, so that a server that missed its notification finds out with one small question.
create table document_revision (
    only_one boolean primary key default true check (only_one),
    revision bigint not null
);
insert into document_revision (revision) values (0);
