-- What did each route on each model cost, day by day (UTC)? Unknown prices are not in the sum: see unpriced_n.
{% from "macros.sql" import kept with context %}
SELECT tenant, toDate(hour) AS day, team, route, platform, request_model,
    sum(r.n) AS n, sum(r.priced_n) AS priced_n, sum(r.unpriced_n) AS unpriced_n,
    if(priced_n = 0, NULL, sum(r.cost_pusd)) AS spend_pusd,
    if(priced_n = 0, NULL, sum(r.cost_pusd) / 1e12) AS spend_usd,
    sum(r.usage_n) AS usage_n, sum(r.input_tokens) AS input_tokens, sum(r.output_tokens) AS output_tokens,
    sum(r.cache_read_tokens) AS cache_read_tokens, sum(r.cache_write_tokens) AS cache_write_tokens,
    sum(r.reasoning_tokens) AS reasoning_tokens
FROM ({{ kept("hours") }}) AS r
GROUP BY tenant, day, team, route, platform, request_model
