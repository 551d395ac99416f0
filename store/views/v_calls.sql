-- What was each single call, and what do the detectors say of it? Give a range of occurred_at.
SELECT *, cost_pusd / 1e12 AS spend_usd
FROM generations FINAL
WHERE inserted_at > now() - INTERVAL {{ days["generations"] }} DAY
-- Else the texts of a whole range are read where one id is asked for.
SETTINGS optimize_move_to_prewhere_if_final = 1
