-- Which event ids name more than one call? Their sender reuses ids: each counts as a call of its own.
SELECT tenant, event_id, count() AS identities, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
    groupUniqArray(10)(route) AS routes, groupUniqArray(10)(request_model) AS models
FROM generations FINAL
WHERE inserted_at > now() - INTERVAL {{ days["generations"] }} DAY
GROUP BY tenant, event_id
HAVING identities > 1
