-- What was each single call, and what do the detectors say of it? Give a range of occurred_at.
SELECT *, cost_pusd / 1e12 AS spend_usd
FROM generations FINAL
WHERE inserted_at > now() - INTERVAL {{ days["generations"] }} DAY
