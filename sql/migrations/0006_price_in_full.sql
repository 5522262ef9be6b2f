-- Prices in full: rating units, connection fees, tiers, carry-over, windows, stacking; and the terms of an offering.

alter table offering_price
    add column rating_increment_amount     numeric(18, 4) check (rating_increment_amount > 0),
    add column rating_increment_units      text,
    add column connect_fee                 numeric(18, 4) check (connect_fee >= 0),
    add column tier_mode                   text not null default 'GRADUATED' check (tier_mode in ('GRADUATED', 'VOLUME')),
    -- [{"lower": "0", "price": "0.10", "percentage": null}], decimals as strings, in rising order.
    add column tiers                       jsonb not null default '[]',
    add column carry_over                  boolean not null default false,
    -- {"start": "23:00:00", "end": "07:00:00", "days": [1, …]} on the operator's clock.
    add column time_window                 jsonb,
    add column stacking                    text not null default 'COMBINABLE' check (stacking in ('COMBINABLE', 'EXCLUSIVE')),
    add column exclusive_group             text,
    add column application_duration_amount numeric(18, 4) check (application_duration_amount > 0),
    add column application_duration_units  text,
    add column priority                    int not null default 0,
    add column scope                       text not null default 'ITEM' check (scope in ('ITEM', 'BILL')),
    add column applies_to                  text[] not null default '{}';

create table offering_term (
    offering_id          int not null,
    version              int not null,
    code                 text not null check (code <> ''),
    position             int not null default 0,
    name                 jsonb not null default '{}',
    kind                 text not null check (kind in ('BINDING', 'PRICE_GUARANTEE', 'COMMITMENT')),
    duration_amount      numeric(18, 4) not null check (duration_amount >= 1),
    duration_units       text not null check (duration_units in ('day', 'month', 'year')),
    unit                 text not null default 'CNY',
    minimum              numeric(18, 4) check (minimum >= 0),
    minimum_period       text not null default 'year' check (minimum_period in ('month', 'quarter', 'year')),
    shortfall_percentage numeric(9, 4) not null default 100 check (shortfall_percentage between 0 and 100),
    shortfall_prorated   boolean not null default true,
    early_price          numeric(18, 4) check (early_price >= 0),
    early_percentage     numeric(9, 4) check (early_percentage >= 0),
    tier_lift            int not null default 0 check (tier_lift >= 0),
    scope                text not null default 'ITEM' check (scope in ('ITEM', 'BILL')),
    valid                tstzrange not null default tstzrange(null, null),
    primary key (offering_id, version, code),
    foreign key (offering_id, version) references offering_version on delete cascade
);
