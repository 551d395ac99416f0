-- How did each route do in [since, until)? v_routes(since = '2026-05-01 00:00:00', until = ...), UTC.
{% from "macros.sql" import measured with context %}
{{ measured("hours", "tenant, team, route", "WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}") }}
