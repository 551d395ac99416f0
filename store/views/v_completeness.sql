-- Which calls that a gateway took in are not in the store, minute by minute, and which did clients lose before?
-- What clients say is of the minute in which they said it; what a gateway rejected is a dead letter and not lost.
-- Of calls sent straight to Kafka it is known what their clients have captured and lost.
SELECT tenant, team, minute,
    sum(r.counts['captured']) AS captured,
    sum(arraySum(mapValues(r.lost))) AS lost,
    sumMap(r.lost) AS lost_by_reason,
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
