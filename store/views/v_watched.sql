-- How far has each monitor watched, as last said? Once an hour, and at its end.
SELECT tenant, monitor, toDateTime(minute * 60, 'UTC') AS watched_until, updated_at
FROM monitor_state FINAL
