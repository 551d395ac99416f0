-- What became of each alert that somebody was to hear of: false, expected, resolved by a person, or nobody said?
SELECT tenant, id, signal, severity, team, route, platform, model, fired_at, resolved_at,
    JSONExtractString(body, 'outcome') AS outcome, JSONExtractString(body, 'ended_by') AS ended_by,
    JSONExtractString(body, 'acknowledged_by') AS acknowledged_by
FROM alerts FINAL
WHERE updated_at > now() - INTERVAL {{ days["alerts"] }} DAY AND isNotNull(fired_at) AND severity != 'info'
    AND JSONExtractString(body, 'parent') = '' AND JSONExtractString(body, 'muted') = ''
