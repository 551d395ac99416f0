-- Which calls that a gateway took in are not in the store, minute by minute? Calls sent straight to Kafka have no receipt.
SELECT tenant, team, minute,
    sumIf(r.counts['accepted'], r.place = 'gateway') AS accepted,
    sumIf(r.counts['rejected'], r.place = 'gateway') AS rejected,
    sumIf(r.counts['stored'], r.place = 'worker') AS stored,
    sumIf(r.counts['scored'], r.place = 'worker') AS scored,
    if(accepted > stored, accepted - stored, 0) AS missing
FROM (SELECT * FROM receipts FINAL WHERE inserted_at > now() - INTERVAL {{ days["receipts"] }} DAY) AS r
GROUP BY tenant, team, minute
