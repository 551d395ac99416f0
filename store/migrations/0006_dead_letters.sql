-- What could not be taken in, with its position, so that it can be mended and replayed.
CREATE TABLE IF NOT EXISTS dead_letters {cluster}
(
    tenant LowCardinality(String),
    topic LowCardinality(String),
    partition Int64,
    `offset` Int64,
    line Int64 COMMENT 'within the record',
    at DateTime64(6, 'UTC'),
    reason LowCardinality(String),
    field String,
    message String,
    original String CODEC(ZSTD(3)) COMMENT 'first 64 KiB',
    original_bytes Int64,
    sha256 String,
    inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = {replacing}(inserted_at)
ORDER BY (tenant, topic, partition, `offset`, line)
TTL toDateTime(inserted_at) + INTERVAL {dead_letters_days} DAY
