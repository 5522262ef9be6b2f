-- The planner takes this function for one row when it looks inside, and joins its thousands by loops in loops. A setting
-- of its own keeps it whole, and so the number of rows said here counts.

alter function recommended_item(timestamptz, timestamptz, text) rows 100000 set jit = off;
