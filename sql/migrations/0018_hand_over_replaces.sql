-- A step up takes the place of what is held: the order says which product gives way.

alter table hand_over add column replaces text check (replaces <> '');
