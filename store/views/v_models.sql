-- How did each model do over all routes in [since, until)? v_models(since = '2026-05-01 00:00:00', until = ...), UTC.
{% from "macros.sql" import measured with context %}
{{ measured("hours", "tenant, platform, request_model", "WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}") }}
