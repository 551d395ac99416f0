-- What people have said of alerts; the alerter notes when it took each of them.
CREATE TABLE IF NOT EXISTS alert_words {cluster}
(
    tenant LowCardinality(String),
    alert_id String,
    id String,
    verb LowCardinality(String) COMMENT 'ack, resolve, expected, false',
    by String,
    note String,
    said_at DateTime64(3, 'UTC'),
    heard_at Nullable(DateTime64(3, 'UTC')) COMMENT 'from when on it holds, in the time of the events',
    signal LowCardinality(String),
    raised Array(String) COMMENT 'the series it is about, each as JSON',
    updated_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(updated_at)
ORDER BY (tenant, alert_id, id)
TTL toDateTime(updated_at) + INTERVAL {alert_words_days} DAY
