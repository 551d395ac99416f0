"""Grafana's provisioning files as its own readers take them; they drop without a word what they do not know.

After Grafana's `pkg/services/provisioning`: `datasources/types.go`, `dashboards/types.go`, and of `alerting/`
`rules_types.go`, `contact_point_types.go` and the routes that Alertmanager's configuration has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from ruamel.yaml import YAML

Text = Annotated[str, msgspec.Meta(min_length=1)]
Uid = Annotated[str, msgspec.Meta(pattern=r"^[\w-]{1,40}$")]
Span = Annotated[str, msgspec.Meta(pattern=r"^(\d+(ms|[smhdwy]))+$")]


class Strict(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Keys as Go's readers name them, and no others."""


class DataSource(Strict):
    """One of `datasources`."""

    name: Text
    uid: Text
    type: Text
    org_id: int = 1
    access: Literal["proxy", "direct"] = "proxy"
    url: str = ""
    is_default: bool = False
    editable: bool = False
    json_data: dict[str, Any] = {}
    secure_json_data: dict[str, str] = {}


class DataSources(Strict):
    """The file of data sources."""

    api_version: Literal[1]
    datasources: list[DataSource]


class Provider(Strict):
    """One of `providers`."""

    name: Text
    type: Literal["file"]
    options: dict[str, Any]
    org_id: int = 1
    folder: str = ""
    folder_uid: str = ""
    disable_deletion: bool = False
    allow_ui_updates: bool = False
    update_interval_seconds: int = 10


class Providers(Strict):
    """The file of folders of dashboards."""

    api_version: Literal[1]
    providers: list[Provider]


class Reach(Strict):
    """Seconds before now."""

    since: int = msgspec.field(name="from")
    to: int


class Asked(Strict):
    """One of a rule's `data`; the model is the plugin's."""

    ref_id: Text
    datasource_uid: Text
    model: dict[str, Any]
    relative_time_range: Reach


class Rule(Strict):
    """One alert rule."""

    uid: Uid
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=190)]
    condition: Text
    data: Annotated[list[Asked], msgspec.Meta(min_length=1)]
    no_data_state: Literal["Alerting", "NoData", "OK", "KeepLast"]
    exec_err_state: Literal["Alerting", "Error", "OK", "KeepLast"]
    lasts: Span = msgspec.field(name="for")
    keep_firing_for: Span
    annotations: dict[str, str]
    labels: dict[str, str]
    dashboard_uid: str = ""
    panel_id: int = 0
    missing: int = msgspec.field(name="missing_series_evals_to_resolve", default=0)
    is_paused: bool = False


class Group(Strict):
    """Rules that are evaluated together."""

    name: Text
    folder: Text
    interval: Span
    rules: list[Rule]
    org_id: int = 1


class Receiver(Strict):
    """One way of a contact point."""

    uid: Uid
    type: Text
    settings: Annotated[dict[str, Any], msgspec.Meta(min_length=1)]
    disable_resolve_message: bool = False


class ContactPoint(Strict):
    """One contact point."""

    name: Text
    receivers: list[Receiver]
    org_id: int = 1


class Route(Strict, rename=None):
    """One branch of the tree of policies."""

    receiver: Text
    object_matchers: list[tuple[str, Literal["=", "!=", "=~", "!~"], str]] = []
    group_by: list[str] = []
    group_wait: Span = "30s"
    group_interval: Span = "5m"
    repeat_interval: Span = "4h"
    routes: list[Route] = []


class Policy(Route):
    """The root of it."""

    org_id: int = msgspec.field(name="orgId", default=1)


class Alerting(Strict):
    """Any file of alerting."""

    api_version: Literal[1]
    groups: list[Group] = []
    contact_points: list[ContactPoint] = []
    policies: list[Policy] = []


KINDS: dict[str, type[Strict]] = {"datasources": DataSources, "providers": Providers, "alerting": Alerting}


def read(file: Path) -> Strict:
    """Return what Grafana makes of a file; its folder says of which kind it is."""
    return decoded(file.parent.name, file.read_text("utf-8"))


def decoded(kind: str, text: str) -> Strict:
    """Return what Grafana makes of a text.

    Raises
    ------
    msgspec.ValidationError : a key that it would drop, or a value that it would refuse; with its place
    """
    return msgspec.convert(YAML(typ="safe").load(text), KINDS[kind])
