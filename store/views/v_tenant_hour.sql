-- How does the whole fleet do, hour by hour?
{% from "macros.sql" import measured with context %}
{{ measured("hours", "tenant, hour", "") }}
