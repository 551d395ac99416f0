"""One column of a panel's answer, with everything that the panel says about how it is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.drawing.value import Number, text
from dashboards.panel import TIME_SERIES, Json

Answer = Mapping[str, Sequence[Any]]
# Grafana's classic colours, in their order, and those that panels name.
PALETTE = (
    *("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0"),
    *("#37872d", "#fade2a", "#447ebc", "#c15c17", "#890f02", "#0a437c", "#6d1f62", "#584477"),
)
COLOURS = {
    "text": "#d8d9da", "green": "#73bf69", "yellow": "#fade2a", "orange": "#ff9830", "red": "#f2495c",
    "blue": "#5794f2", "purple": "#b877d9",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an answer.

    Attributes
    ----------
    name : of the column; of a series of a chart that is split by a label, the column of its values
    title : what stands in its place for a reader
    config : the panel's defaults with what overrides them for this column; `custom.x` for what is in `custom`
    """

    name: str
    title: str
    values: Sequence[Any]
    config: Json

    def text(self, value: object) -> str:
        """Return one of its values as it is shown."""
        return text(value, self.config.get("unit", ""), self.config.get("decimals"))

    def colour(self, value: object) -> str:
        """Return the colour of a value by its thresholds, or the fixed one."""
        for mapping in self.config.get("mappings", ()):
            if found := _mapped(mapping, str(value)):
                return COLOURS[found["color"]]
        if self.config["color"]["mode"] != "thresholds" or not isinstance(value, Number):
            return COLOURS[self.config["color"].get("fixedColor", "text")]
        steps = self.config["thresholds"]["steps"]
        reached = [step for step in steps if step["value"] is None or value >= step["value"]]
        return COLOURS[reached[-1]["color"]]

    @property
    def last(self) -> object:
        """The last value that is not NULL."""
        return next((value for value in reversed(self.values) if value is not None), None)


def fields(panel: Json, answer: Answer) -> tuple[Field, ...]:
    """Return the columns of an answer; of a time series those that are drawn, beside the first, the times."""
    if panel["targets"][0]["format"] == TIME_SERIES:
        return _series(panel, answer)
    return tuple(_field(panel, name, values) for name, values in answer.items())


def _series(panel: Json, answer: Answer) -> tuple[Field, ...]:
    """Return the frame that Grafana makes of rows: a column for each number and each value of a label."""
    times = sorted(set(answer["time"]))
    place = {time: number for number, time in enumerate(times)}
    names = [name for name in answer if name != "time"]
    labels = [name for name in names if any(isinstance(value, str) for value in answer[name])]
    found: dict[tuple[str, tuple[str, ...]], list[Any]] = {}
    for row, time in enumerate(answer["time"]):
        label = tuple(answer[name][row] for name in labels)
        for name in names:
            if name not in labels:
                column = found.setdefault((name, label), [None] * len(times))
                column[place[time]] = answer[name][row]
    drawn = [
        _field(panel, name, values, dict(zip(labels, of, strict=True)))
        for (name, of), values in found.items()
    ]
    return (_field(panel, "time", times), *drawn)


def _field(panel: Json, name: str, values: Sequence[Any], labels: Mapping[str, str] | None = None) -> Field:
    config = _flat(panel["fieldConfig"]["defaults"])
    title = str(config.get("displayName", name))
    for label, value in (labels or {}).items():
        title = title.replace(f"${{__field.labels.{label}}}", value)
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] in {name, title}:
            config |= {change["id"]: change["value"] for change in override["properties"]}
    return Field(name, title if labels else str(config.get("displayName", name)), values, config)


def _flat(config: Json) -> Json:
    custom = {f"custom.{name}": value for name, value in config.get("custom", {}).items()}
    return {name: value for name, value in config.items() if name != "custom"} | custom


def _mapped(mapping: Json, value: str) -> Json | None:
    """Return what a mapping makes of a value: it is the one named, or fits the pattern."""
    options: Json = mapping["options"]
    if mapping["type"] == "regex":
        return options["result"] if re.search(options["pattern"].strip("/"), value) else None
    found: Json | None = options.get(value)
    return found
