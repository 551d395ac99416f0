-- What was said of single calls after the fact, by samples, a judge, or re-scoring?
SELECT * FROM scores FINAL WHERE inserted_at > now() - INTERVAL {{ days["scores"] }} DAY
