-- What was thought of single calls?
SELECT * FROM feedback FINAL WHERE inserted_at > now() - INTERVAL {{ days["feedback"] }} DAY
