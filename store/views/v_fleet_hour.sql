-- How does each route on each model do, hour by hour?
{% from "macros.sql" import measured with context %}
{{ measured("hours", "tenant, hour, team, route, platform, request_model", "", whole=true) }}
