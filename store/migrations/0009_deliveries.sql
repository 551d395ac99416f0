-- What was told to whom, and whether it arrived; the newest version of each id counts.
CREATE TABLE IF NOT EXISTS deliveries {cluster}
(
    tenant LowCardinality(String),
    id String,
    alert_id String,
    receiver LowCardinality(String),
    kind LowCardinality(String) COMMENT 'what is told: fire, resolve, renotify',
    state LowCardinality(String) COMMENT 'waiting, sent, failed',
    attempts Int64,
    next_at Nullable(DateTime64(3, 'UTC')),
    message String COMMENT 'the last answer or error',
    body String CODEC(ZSTD(3)),
    updated_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(updated_at)
ORDER BY (tenant, id)
TTL toDateTime(updated_at) + INTERVAL {deliveries_days} DAY
