-- The same minute by minute, for the last hundred days.
{% from "macros.sql" import measured with context %}
{{ measured("minutes", "tenant, minute, team, route, platform, request_model", "", whole=true) }}
