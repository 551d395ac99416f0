"""What a minute and an hour add up: one expression over `generations` for each column of the rollups."""

from __future__ import annotations

HISTOGRAM_BASE = (
    1.04  # neighbouring buckets differ by 4 %, so a quantile read from them is off by 2 % at most
)

KEYS = "tenant, team, route, platform, request_model"

_ASSESSED = "NOT IN ('', 'not_assessable')"
_SUCCEEDED = "outcome NOT IN ('error', 'aborted')"


def _tokens(*columns: str) -> str:
    return f"sum({' + '.join(f'ifNull({column}, 0)' for column in columns)})"


def _histogram(column: str) -> str:
    """Count successful calls in buckets of equal ratio; senseless times land in the outermost ones."""
    clamped = f"least(greatest(ifNull({column}, 1), 0.001), 1e9)"
    bucket = f"toInt16(floor(log({clamped}) / log({HISTOGRAM_BASE})))"
    return f"sumMapIf(map({bucket}, toUInt64(1)), {_SUCCEEDED} AND ifNull(isFinite({column}), 0))"


SUMS = {
    "n": "count()",
    "errors": "countIf(outcome = 'error')",
    "empty": "countIf(outcome = 'empty')",
    "cut": "countIf(outcome = 'cut')",
    "refusal_n": f"countIf(refusal_label {_ASSESSED})",
    "refused": "countIf(refusal_label = 'refused')",
    "hallucination_n": f"countIf(hallucination_label {_ASSESSED})",
    "unsupported": "countIf(hallucination_label = 'unsupported')",
    "toxicity_prompt_n": f"countIf(toxicity_prompt_label {_ASSESSED})",
    "toxic_prompts": "countIf(toxicity_prompt_label = 'toxic')",
    "toxicity_response_n": f"countIf(toxicity_response_label {_ASSESSED})",
    "toxic_responses": "countIf(toxicity_response_label = 'toxic')",
    "privacy_n": f"countIf(privacy_label {_ASSESSED})",
    "privacy_found": "countIf(privacy_label = 'found')",
    "usage_n": "countIf(isNotNull(usage_input) OR isNotNull(usage_output))",
    "input_tokens": _tokens("usage_input"),
    "output_tokens": _tokens("usage_output"),
    "cache_read_tokens": _tokens("usage_cache_read"),
    "cache_write_tokens": _tokens("usage_cache_write_5m", "usage_cache_write_1h"),
    "reasoning_tokens": _tokens("usage_reasoning"),
    "priced_n": "countIf(isNotNull(cost_pusd))",
    "unpriced_n": "countIf(cost_status = 'unpriced')",
    "cost_pusd": "sum(toInt128(ifNull(cost_pusd, 0)))",
    "latency_histogram": _histogram("latency_ms"),
    "ttft_histogram": _histogram("ttft_ms"),
}

# The same columns, added up again.
SUMS_OF_SUMS = {name: f"{'sumMap' if name.endswith('_histogram') else 'sum'}({name})" for name in SUMS}
