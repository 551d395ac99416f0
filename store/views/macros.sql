{# A share with its 95 % Wilson interval; NULL where nothing could be assessed. #}
{% macro rate(name, bad, n) -%}
if({{ n }} = 0, NULL, {{ bad }} / {{ n }}) AS {{ name }}_ratio,
    if({{ n }} = 0, NULL, greatest(0, ({{ bad }} / {{ n }} + 1.9207 / {{ n }} - 1.96 * sqrt({{ bad }} / {{ n }} * (1 - {{ bad }} / {{ n }}) / {{ n }} + 0.9604 / ({{ n }} * {{ n }}))) / (1 + 3.8415 / {{ n }}))) AS {{ name }}_low,
    if({{ n }} = 0, NULL, least(1, ({{ bad }} / {{ n }} + 1.9207 / {{ n }} + 1.96 * sqrt({{ bad }} / {{ n }} * (1 - {{ bad }} / {{ n }}) / {{ n }} + 0.9604 / ({{ n }} * {{ n }}))) / (1 + 3.8415 / {{ n }}))) AS {{ name }}_high
{%- endmacro %}

{# A quantile of a log-bucket histogram, within 2 %; NULL where it is empty. #}
{% macro quantile(histogram, q) -%}
if(empty({{ histogram }}), NULL, pow({{ base }}, 0.5 + mapKeys(mapSort({{ histogram }}))[arrayFirstIndex(x -> x >= {{ q }} * arraySum(mapValues({{ histogram }})), arrayCumSum(mapValues(mapSort({{ histogram }}))))]))
{%- endmacro %}

{# The rows of a rollup that count. Of a long time only those are read whose keys are asked for. #}
{% macro kept(table) -%}
SELECT * FROM {{ table }} FINAL WHERE n > 0 AND computed_at > now() - INTERVAL {{ days[table] }} DAY SETTINGS optimize_move_to_prewhere_if_final = 1
{%- endmacro %}

{# Everything a rollup knows, summed up by some keys. Rows as they are stored where they are `whole`: the keys
   are the table's, so FINAL leaves one row of each, and nothing of a long time has to be held in memory. #}
{% macro measured(table, keys, where, whole=false) -%}
SELECT {{ keys }},
    n, errors, empty, cut,
    {{ rate("error", "errors", "n") }},
    {{ rate("truncated", "cut", "(n - errors)") }},
    refusal_n, refused,
    {{ rate("refusal", "refused", "refusal_n") }},
    hallucination_n, unsupported,
    {{ rate("hallucination", "unsupported", "hallucination_n") }},
    toxicity_prompt_n, toxic_prompts,
    {{ rate("toxicity_prompt", "toxic_prompts", "toxicity_prompt_n") }},
    toxicity_response_n, toxic_responses,
    {{ rate("toxicity_response", "toxic_responses", "toxicity_response_n") }},
    privacy_n, privacy_found,
    {{ rate("privacy", "privacy_found", "privacy_n") }},
    usage_n, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
    priced_n, unpriced_n,
    if(priced_n = 0, NULL, cost_pusd) AS spend_pusd,
    if(priced_n = 0, NULL, cost_pusd / 1e12) AS spend_usd,
    arraySum(mapValues(latency_histogram)) AS latency_n,
    {{ quantile("latency_histogram", 0.5) }} AS latency_p50_ms,
    {{ quantile("latency_histogram", 0.95) }} AS latency_p95_ms,
    arraySum(mapValues(ttft_histogram)) AS ttft_n,
    {{ quantile("ttft_histogram", 0.5) }} AS ttft_p50_ms,
    {{ quantile("ttft_histogram", 0.95) }} AS ttft_p95_ms,
    latency_histogram, ttft_histogram
FROM
{% if whole -%}
({{ kept(table) }})
{{ where }}
{%- else -%}
(
    SELECT {{ keys }}{% for name in sums %},
        {{ "sumMap" if name.endswith("_histogram") else "sum" }}(r.{{ name }}) AS {{ name }}{% endfor %}

    FROM ({{ kept(table) }}) AS r
    {{ where }}
    GROUP BY {{ keys }}
)
{%- endif %}
{%- endmacro %}
