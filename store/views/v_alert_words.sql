-- What did people say of alerts, and when did that begin to hold?
SELECT * FROM alert_words FINAL WHERE updated_at > now() - INTERVAL {{ days["alert_words"] }} DAY
