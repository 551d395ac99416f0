"""What Grafana and the ClickHouse plugin make of a query before the store sees it, for tests and measurements.

Written after what version 4.20.0 of the plugin and Grafana 13 document and do. In the browser: first
`$__conditionalAll`, then variables in their formats. In the back end: macros with the time shown; what looks
like one within a value is expanded as well, as there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

ALL = ("$__all",)
CONDITIONAL = "$__conditionalAll("
FRONT_END = ("$__conditionalAll", "$__adHocFilters", "${", "$__interval", "$__range", "$__from ", "$__to ")
_VARIABLE = re.compile(r"\$\{(\w+)(?::([^}]+))?\}|\$(\w+)")
_MACRO = re.compile(r"\$__(\w+)(?:\(([^()]*)\))?")

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """The time shown, and how far apart points are."""

    since: datetime
    until: datetime
    interval_s: int = 3600


def expanded(sql: str, values: Values, shown: Shown) -> str:
    """Return the SQL that the store gets.

    Raises
    ------
    ValueError : a macro that the back end does not know, or with arguments that it does not take
    """
    return back_end(front_end(sql, values), shown)


def front_end(sql: str, values: Values) -> str:
    """Return the query with conditions and variables filled in, as the browser does."""
    while (at := sql.rfind(CONDITIONAL)) != -1:
        phrase, variable, end = _arguments(sql, at + len(CONDITIONAL) - 1)
        chosen = values[variable.strip().removeprefix("$")]
        # As JavaScript's `toString` of a list, compared with two strings.
        everything = ",".join(chosen) in {"", *ALL}
        sql = sql[:at] + ("1=1" if everything else phrase) + sql[end:]
    return _VARIABLE.sub(lambda found: _filled(found, values), sql)


def back_end(sql: str, shown: Shown) -> str:
    """Return the query with times filled in, as the plugin's back end does."""

    def made(found: re.Match[str]) -> str:
        name, argument = found.group(1), found.group(2)
        since, until = (
            f"toDateTime({int(shown.since.timestamp())})",
            f"toDateTime({int(shown.until.timestamp())})",
        )
        match name, argument:
            case "fromTime", None:
                return since
            case "toTime", None:
                return until
            case "interval_s", None:
                return str(shown.interval_s)
            case "timeFilter", str():
                return f"{argument} >= {since} AND {argument} <= {until}"
            case "dateFilter", str():
                first, last = f"toDate('{shown.since:%Y-%m-%d}')", f"toDate('{shown.until:%Y-%m-%d}')"
                return f"{argument} >= {first} AND {argument} <= {last}"
            case "timeInterval", str():
                return f"toStartOfInterval(toDateTime({argument}), INTERVAL {shown.interval_s} second)"
            case _:
                raise ValueError(f"the plugin's back end does not know {found.group()}")

    return _MACRO.sub(made, sql)


def _arguments(sql: str, opened: int) -> tuple[str, str, int]:
    """Return both arguments of the macro whose bracket opens there, and where it ends.

    The plugin counts brackets and commas and knows nothing of literals, so neither may stand in one.
    """
    depth, starts = 0, [opened + 1]
    for at in range(opened, len(sql)):
        if sql[at] == "(":
            depth += 1
        elif sql[at] == ")":
            depth -= 1
            if depth == 0:
                first, second = starts
                return sql[first : second - 1], sql[second:at], at + 1
        elif sql[at] == "," and depth == 1:
            starts.append(at + 1)
    raise ValueError(f"a bracket is not closed: {sql[opened : opened + 80]}")


def _filled(found: re.Match[str], values: Values) -> str:
    name = found.group(1) or found.group(3)
    if name not in values:
        return found.group()
    form = found.group(2) or ""
    if form != "customqueryparam:v":
        raise ValueError(f"{found.group()}: in this format a value may end the literal it stands in")
    # encodeURIComponent with !'()* encoded as well: what is left are letters, digits and -_.~
    return "&".join(f"v={quote(value, safe='')}" for value in values[name])
