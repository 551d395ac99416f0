"""What every route did with every model lately, for those who advise on models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.database import Database
from store.labels import SERVED

# Once a day over narrow columns; the rollups do not keep which model answered, nor how long prompts get.
# Requests sent to a candidate as well, to compare it, are no traffic that moved to it.
_USAGE = f"""
SELECT tenant, route, platform, request_model AS model,
    argMax(team, occurred_at) AS team,
    count() AS n,
    countIf(NOT {SERVED}) AS compared_n,
    countIf(occurred_at < {{week:DateTime64(6, 'UTC')}} AND {SERVED}) AS n_before,
    countIf(occurred_at >= {{day:DateTime64(6, 'UTC')}} AND {SERVED}) AS n_now,
    arrayElement(topKIf(1)(toString(response_model), response_model != ''), 1) AS served,
    arrayElement(topK(1)(toString(service_tier)), 1) AS tier,
    countIf(usage_input IS NOT NULL AND NOT gateway_cached) AS counted_n,
    sumIf(ifNull(usage_input, 0), NOT gateway_cached) AS input,
    sumIf(ifNull(usage_output, 0), NOT gateway_cached) AS output,
    sumIf(ifNull(usage_cache_read, 0), NOT gateway_cached) AS cache_read,
    sumIf(ifNull(usage_cache_write_5m, 0), NOT gateway_cached) AS cache_write_5m,
    sumIf(ifNull(usage_cache_write_1h, 0), NOT gateway_cached) AS cache_write_1h,
    sumIf(ifNull(usage_reasoning, 0), NOT gateway_cached) AS reasoning,
    sum(ifNull(cost_pusd, 0)) AS cost_pusd,
    countIf(cost_status IN ('unpriced', 'partial')) AS unpriced_n,
    quantileIf(0.95)(ifNull(latency_ms, 0), latency_ms IS NOT NULL
        AND outcome NOT IN ('error', 'aborted')) AS latency_p95_ms,
    max(ifNull(usage_input, 0)) AS longest_input_tokens,
    countIf(notEmpty(context)) AS grounded_n,
    max(tool_calls NOT IN ('', '[]')) AS tools,
    max(ifNull(usage_images, 0)) > 0 AS images,
    toUnixTimestamp64Micro(max(occurred_at)) AS last_us
FROM v_calls
WHERE occurred_at >= {{since:DateTime64(6, 'UTC')}} AND occurred_at < {{until:DateTime64(6, 'UTC')}}
GROUP BY tenant, route, platform, request_model
ORDER BY tenant, route, platform, request_model
"""  # noqa: S608 - our own constant


def route_usage(
    database: Database, since: datetime, until: datetime, *, week: datetime, day: datetime
) -> Sequence[dict[str, Any]]:
    """Return one row per tenant, route, platform and model in [since, until).

    `n_before` counts the calls before `week`, `n_now` those from `day` on, both without a candidate's second
    answers to requests of another model.
    """
    return database.rows(_USAGE, {"since": since, "until": until, "week": week, "day": day})
