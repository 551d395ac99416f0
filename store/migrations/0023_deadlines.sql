-- When models in use stop, as it was last told: what calendars have by the same name, however often it moves.
CREATE TABLE IF NOT EXISTS deadlines {cluster}
(
    tenant LowCardinality(String),
    platform LowCardinality(String),
    model LowCardinality(String),
    state LowCardinality(String) COMMENT 'announced, promised, gone',
    day Date,
    sequence UInt32 COMMENT 'how often day or state have changed',
    made_at DateTime64(3, 'UTC'),
    changed_at DateTime64(3, 'UTC'),
    body String CODEC(ZSTD(3)) COMMENT 'what is told besides, as JSON',
    updated_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(updated_at)
ORDER BY (tenant, platform, model)
TTL toDateTime(updated_at) + INTERVAL {deadlines_days} DAY
