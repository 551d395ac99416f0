-- Who has seen, on the console, what was asked and answered in an alert's calls: no text, and no call's id.
CREATE TABLE IF NOT EXISTS content_reads {cluster}
(
    tenant LowCardinality(String),
    at DateTime64(3, 'UTC'),
    alert_id String,
    calls UInt32 COMMENT 'whose texts were shown',
    name String COMMENT 'under which somebody came in, unchecked',
    token LowCardinality(String) COMMENT 'the first digits of its hash in the tokens_file',
    inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = {replacing}(inserted_at)
ORDER BY (tenant, at, alert_id, token, name)
TTL toDateTime(inserted_at) + INTERVAL {content_reads_days} DAY
