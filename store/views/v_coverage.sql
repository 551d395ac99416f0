-- Which share of each route's calls could be judged at all, day by day (UTC)?
{% from "macros.sql" import kept with context %}
SELECT tenant, toDate(hour) AS day, team, route,
    sum(r.n) AS n,
    sum(r.hallucination_n) / n AS hallucination_ratio,
    sum(r.toxicity_prompt_n) / n AS toxicity_prompt_ratio,
    sum(r.toxicity_response_n) / n AS toxicity_response_ratio,
    sum(r.refusal_n) / n AS refusal_ratio,
    sum(r.privacy_n) / n AS privacy_ratio,
    sum(r.usage_n) / n AS usage_ratio,
    sum(r.priced_n) / n AS priced_ratio
FROM ({{ kept("hours") }}) AS r
GROUP BY tenant, day, team, route
