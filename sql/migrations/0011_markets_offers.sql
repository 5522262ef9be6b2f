-- How many offerings the members of a market may buy, counted once when it is reckoned.

alter table market_outlook add column offers int not null default 0 check (offers >= 0);
