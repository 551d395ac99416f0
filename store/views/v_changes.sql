-- What was changed on purpose, where and by whom?
SELECT * FROM changes FINAL WHERE inserted_at > now() - INTERVAL {{ days["changes"] }} DAY
