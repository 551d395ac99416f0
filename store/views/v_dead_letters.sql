-- What could not be taken in, why, and where does it lie?
SELECT * FROM dead_letters FINAL WHERE inserted_at > now() - INTERVAL {{ days["dead_letters"] }} DAY
