-- What solutions were brought to which markets: with which values, and by which copies of which templates.

-- `parameters` are the market's values as written; `solution_etag` is the state of the solution that was applied.
create table solution_application (
    solution      text not null check (solution <> ''),
    market_id     int not null references market_segment (id),
    parameters    jsonb not null default '{}',
    solution_etag bigint not null,
    etag          bigint not null default 1,
    applied_at    timestamptz not null,
    applied_by    text not null,
    primary key (solution, market_id)
);
create index solution_application_market_id on solution_application (market_id);

-- A template in an application. A market's copy is known by `copy_id`, and `base` is what the solution said of it, so that
-- what the market changed itself can be told apart; without a copy the market has the template as it is.
create table solution_part (
    solution         text not null,
    market_id        int not null,
    template_id      int not null references offering (id),
    template_version int not null,
    copy_id          int references offering (id),
    base             jsonb,
    primary key (solution, market_id, template_id),
    foreign key (solution, market_id) references solution_application on delete cascade,
    check ((copy_id is null) = (base is null))
);
create index solution_part_template_id on solution_part (template_id);
create unique index solution_part_copy_id on solution_part (copy_id);
