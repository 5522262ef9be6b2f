-- What is expected of cluster markets, recomputed as a whole by each scoring; and how trainings compare with one another.

-- What the newest data look like against the model that served: figures, limits and alarms.
alter table model add column drift jsonb not null default '{}';

-- One row a market. Markets with too few members to speak of borrow from those named in `borrowed_from`.
create table market_outlook (
    market_id         int primary key references market_segment (id) on delete cascade,
    at                timestamptz not null,
    model_version     int not null,
    members           int not null check (members >= 0),
    expected_adopters double precision,
    -- How many offerings the members may buy, counted once when it is reckoned.
    offers            int not null default 0 check (offers >= 0),
    monthly_value     numeric(18, 4) not null,
    gap_value         numeric(18, 4) not null,
    borrowed_from     text[] not null default '{}'
);

-- One row a market and item, under the offering that the item is named after. `reference` is the penetration of the
-- markets it is compared with, `penetration` its own, shrunk towards it; expectations are of the window of the model.
create table market_item (
    market_id         int not null references market_outlook (market_id) on delete cascade,
    offering_id       int not null,
    eligible          double precision not null,
    expected_adopters double precision,
    -- How many would take it if it could be bought in the market: what a solution brought there may count on.
    possible_adopters double precision,
    worth             double precision not null,
    penetration       double precision not null,
    reference         double precision not null,
    lift              double precision not null,
    -- How strongly the penetration is drawn towards the reference: as if so many more members held like the others.
    strength          double precision not null default 20 check (strength >= 0),
    monthly_value     numeric(18, 4) not null,
    primary key (market_id, offering_id)
);
