-- Which calls that a gateway took in are not in the store, minute by minute, and which did clients lose before?
-- What clients say is of the minute in which they said it; what a gateway rejected is a dead letter and not lost.
-- Calls sent straight to Kafka have no receipt.
SELECT tenant, team, minute,
    sumIf(r.counts['captured'], r.place = 'gateway') AS captured,
    sumIf(arraySum(mapValues(r.lost)), r.place = 'gateway') AS lost,
    sumMapIf(r.lost, r.place = 'gateway') AS lost_by_reason,
    sumIf(r.counts['accepted'], r.place = 'gateway') AS accepted,
    sumIf(r.counts['rejected'], r.place = 'gateway') AS rejected,
    sumIf(r.counts['stored'], r.place = 'worker') AS stored,
    sumIf(r.counts['scored'], r.place = 'worker') AS scored,
    if(accepted > stored, accepted - stored, 0) AS missing
FROM
(
    SELECT *, mapFilter((name, n) -> startsWith(name, 'lost_') AND name != 'lost_rejected', counts) AS lost
    FROM receipts FINAL WHERE inserted_at > now() - INTERVAL {{ days["receipts"] }} DAY
) AS r
GROUP BY tenant, team, minute
