-- Who has seen which alert's texts, and when?
SELECT * FROM content_reads FINAL WHERE inserted_at > now() - INTERVAL {{ days["content_reads"] }} DAY
