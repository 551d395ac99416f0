-- Which event ids named more than one call in [since, until)? Their sender reuses ids: each counts as a call of its own.
SELECT tenant, event_id, count() AS identities, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
    groupUniqArray(10)(route) AS routes, groupUniqArray(10)(request_model) AS models
FROM generations FINAL
WHERE occurred_at >= {since:DateTime('UTC')} AND occurred_at < {until:DateTime('UTC')}
    AND inserted_at > now() - INTERVAL {{ days["generations"] }} DAY
    -- Of all ids only a hash is held in memory, of the few that may be such all the rest.
    AND cityHash64(tenant, event_id) GLOBAL IN
    (
        SELECT cityHash64(tenant, event_id) AS id FROM generations
        WHERE occurred_at >= {since:DateTime('UTC')} AND occurred_at < {until:DateTime('UTC')}
        GROUP BY id
        HAVING count() > 1
    )
GROUP BY tenant, event_id
HAVING identities > 1
SETTINGS optimize_move_to_prewhere_if_final = 1
