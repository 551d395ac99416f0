-- What became of a dead letter that was handed in again; the newest replay of each letter counts.
CREATE TABLE IF NOT EXISTS dead_letter_replays {cluster}
(
    tenant LowCardinality(String),
    topic LowCardinality(String),
    partition Int64,
    `offset` Int64,
    line Int64 COMMENT 'place of the letter, not of its replay',
    sha256 String COMMENT 'of the letter: where a log was begun anew, another one may have its place',
    replayed_at DateTime64(6, 'UTC'),
    outcome LowCardinality(String) COMMENT 'stored, refused',
    reason LowCardinality(String) COMMENT 'why it was refused again',
    field String,
    message String,
    inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = {replacing}(replayed_at)
ORDER BY (tenant, topic, partition, `offset`, line, sha256)
TTL toDateTime(inserted_at) + INTERVAL {dead_letter_replays_days} DAY
