-- What did the advisor recommend on each day?
SELECT * FROM advice_days FINAL WHERE updated_at > now() - INTERVAL {{ days["advice_days"] }} DAY
