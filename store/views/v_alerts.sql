-- Which alerts are there, each in its newest state?
SELECT * FROM alerts FINAL WHERE updated_at > now() - INTERVAL {{ days["alerts"] }} DAY
