-- Where did each route's calls run in [since, until), and might they? v_residency(since = '2026-05-01 00:00:00', until = ...), UTC.
SELECT tenant, team, route, platform, region, residency_label, count() AS n,
    min(occurred_at) AS first_at, max(occurred_at) AS last_at
FROM generations FINAL
WHERE occurred_at >= {since:DateTime('UTC')} AND occurred_at < {until:DateTime('UTC')}
    AND inserted_at > now() - INTERVAL {{ days["generations"] }} DAY
GROUP BY tenant, team, route, platform, region, residency_label
SETTINGS optimize_move_to_prewhere_if_final = 1
