-- Which series are watched for which signal, which are still learning and until when, which have too few calls or none?
SELECT * FROM series_state FINAL WHERE updated_at > now() - INTERVAL {{ days["series_state"] }} DAY
