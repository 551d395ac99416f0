-- Who was told what, and did it arrive?
SELECT * FROM deliveries FINAL WHERE updated_at > now() - INTERVAL {{ days["deliveries"] }} DAY
