-- What did it cost to ask candidates what a route was asked, hour by hour? Asked by us: in no other sum.
SELECT tenant, toStartOfHour(occurred_at) AS hour, team, route, platform, request_model, count() AS n,
    countIf(outcome = 'error') AS errors, countIf(isNotNull(cost_pusd)) AS priced_n,
    countIf(cost_status = 'unpriced') AS unpriced_n,
    if(priced_n = 0, NULL, sum(toInt128(ifNull(cost_pusd, 0))) / 1e12) AS spend_usd
FROM generations FINAL
WHERE tags['pair_of'] != '' AND inserted_at > now() - INTERVAL {{ days["generations"] }} DAY
GROUP BY tenant, hour, team, route, platform, request_model
SETTINGS optimize_move_to_prewhere_if_final = 1
