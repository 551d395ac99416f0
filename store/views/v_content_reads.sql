-- Who has seen texts of which alert, or of which route's pairs, and when?
SELECT * FROM content_reads FINAL WHERE inserted_at > now() - INTERVAL {{ days["content_reads"] }} DAY
