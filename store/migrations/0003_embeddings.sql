-- Where each text lies, for drift; kept shortly. Same identity as the generation.
CREATE TABLE IF NOT EXISTS embeddings {cluster}
(
    tenant LowCardinality(String),
    occurred_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    route LowCardinality(String),
    request_model LowCardinality(String),
    event_id String CODEC(ZSTD(1)),
    encoder LowCardinality(String) COMMENT 'rows of different encoders are never compared',
    prompt_embedding String CODEC(LZ4) COMMENT 'int8, empty where there is no text',
    response_embedding String CODEC(LZ4),
    inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = {replacing}(inserted_at)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (tenant, toStartOfHour(occurred_at), route, request_model, event_id)
TTL toDateTime(inserted_at) + INTERVAL {embeddings_days} DAY
SETTINGS {bulk}
