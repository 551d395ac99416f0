-- How does each route do over all its models, hour by hour?
{% from "macros.sql" import measured with context %}
{{ measured("hours", "tenant, hour, team, route", "") }}
