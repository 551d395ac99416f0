-- Sums of each minute, recomputed from the facts of touched hours; n = 0 where a key has vanished.
CREATE TABLE IF NOT EXISTS minutes {cluster}
(
    tenant LowCardinality(String),
    minute DateTime('UTC'),
    team LowCardinality(String),
    route LowCardinality(String),
    platform LowCardinality(String),
    request_model LowCardinality(String),
    n UInt64,
    errors UInt64,
    empty UInt64,
    cut UInt64,
    refusal_n UInt64 COMMENT 'assessable, so for every _n',
    refused UInt64,
    hallucination_n UInt64,
    unsupported UInt64,
    toxicity_prompt_n UInt64,
    toxic_prompts UInt64,
    toxicity_response_n UInt64,
    toxic_responses UInt64,
    privacy_n UInt64,
    privacy_found UInt64,
    usage_n UInt64 COMMENT 'calls with known token counts',
    input_tokens Int64,
    output_tokens Int64,
    cache_read_tokens Int64,
    cache_write_tokens Int64,
    reasoning_tokens Int64,
    priced_n UInt64,
    unpriced_n UInt64,
    cost_pusd Int128 COMMENT '1e-12 USD, exact, of the priced calls',
    latency_histogram Map(Int16, UInt64) COMMENT 'successful calls, bucket b holds [1.04^b, 1.04^(b+1)) ms',
    ttft_histogram Map(Int16, UInt64),
    computed_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(computed_at)
PARTITION BY toYYYYMM(minute)
ORDER BY (tenant, minute, team, route, platform, request_model)
TTL toDateTime(computed_at) + INTERVAL {minutes_days} DAY
