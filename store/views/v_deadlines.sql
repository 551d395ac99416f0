-- When do models in use stop, as far as anybody has said?
SELECT * FROM deadlines FINAL WHERE updated_at > now() - INTERVAL {{ days["deadlines"] }} DAY
