-- How did each route on each model do in [since, until)? v_fleet(since = '2026-05-01 00:00:00', until = ...), UTC.
{% from "macros.sql" import measured with context %}
{{ measured("hours", "tenant, team, route, platform, request_model", "WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}") }}
