"""What is committed is what is built, and Grafana can draw it: places, units, links, names."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dashboards import build
from dashboards.boards import BOARDS
from dashboards.column import unit
from dashboards.plugin import FRONT_END
from tests.compose import ROOT, mounts, services
from tests.dashboards.drawn import GRAFANA, boards, panels, provisioned, queries, rules

BOARD = pytest.mark.parametrize("board", boards(), ids=lambda board: board["uid"])
RULES = pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["uid"])


def test_committed() -> None:
    """Whoever changes the builder builds: `python -m dashboards.build`."""
    for name, text in build.files().items():
        assert (ROOT / name).read_text("utf-8") == text, f"{name}: run python -m dashboards.build"


def test_enough() -> None:
    """Eight dashboards, and more than sixty different questions on them."""
    assert len(BOARDS) == 8
    assert len({query.sql for query in queries() if query.place.startswith("panel")}) > 60


@BOARD
def test_places(board: dict[str, Any]) -> None:
    """Panels lie side by side within 24 columns, and none on another."""
    placed = [panel["gridPos"] for panel in panels(board)]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 and place["w"] > 0 for place in placed)
    for one, other in combinations(placed, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below or _folded(board, one, other)


def _folded(board: dict[str, Any], *places: dict[str, int]) -> bool:
    """Tell whether one of them is in a folded row, and so below what comes after when it is opened."""
    inside = [panel["gridPos"] for row in board["panels"] for panel in row.get("panels", [])]
    return any(place in inside for place in places)


@BOARD
def test_names(board: dict[str, Any]) -> None:
    """Ids are unique, every panel says which question it answers, and numbers have a unit."""
    found = list(panels(board))
    assert len({panel["id"] for panel in found}) == len(found)
    for panel in found:
        if panel["type"] == "row":
            continue
        assert panel["description"].count("?") >= 1, panel["title"]
        nothing = {"no data yet"} if panel["type"] == "stat" else {"no data yet", "none in the time shown"}
        assert panel["fieldConfig"]["defaults"]["noValue"] in nothing
        assert panel["fieldConfig"]["defaults"]["unit"] != "string", panel["title"]
        assert [target["refId"] for target in panel["targets"]] == ["A"]
        for target in panel["targets"]:
            assert target["format"] == (0 if panel["type"] == "timeseries" else 1)
            assert target["editorType"] == "sql"
            assert target["pluginVersion"]


def test_units() -> None:
    """Every column that measures something has a unit; ends of intervals have that of their middle."""
    for board in BOARDS:
        for panel in board.panels():
            for name in panel.columns:
                if re.search(r"_(ratio|share|usd|ms|s|low|high|n)$", name):
                    assert unit(name, panel.columns) != "string", f"{board.uid} {panel.title} {name}"
    assert unit("error_low", ("error_ratio", "error_low")) == "percentunit"
    assert unit("latency_p95_high", ("latency_p95_ms", "latency_p95_high")) == "ms"


def test_uids() -> None:
    """Uids are unique, and short enough for Grafana."""
    for uids in ([board["uid"] for board in boards()], [rule["uid"] for rule in rules()]):
        assert len(set(uids)) == len(uids)
        assert all(re.fullmatch(r"[a-z-]{1,40}", uid) for uid in uids)


@BOARD
def test_links(board: dict[str, Any]) -> None:
    """Every link leads to a dashboard that is there, or to a page of the console, with what it needs."""
    known = {one["uid"]: {variable["name"] for variable in one["templating"]["list"]} for one in boards()}
    for panel in panels(board):
        if panel["type"] == "row":
            continue
        columns = set(re.findall(r"AS (\w+)", panel["targets"][0]["rawSql"]))
        columns |= set(re.findall(r"\b\w+\b", panel["targets"][0]["rawSql"].split("FROM")[0]))
        for url in _urls(panel):
            board_link = re.match(r"/d/([\w-]+)\?", url)
            if board_link:
                named = set(re.findall(r"var-(\w+)=", url))
                assert named <= known[board_link.group(1)]
                assert "model" not in named or "platform" in named, "a model of that name on all platforms"
            else:
                assert re.match(r"\$\{console\}/(alerts|runbooks)/\$\{__data", url)
                assert "console" in known[board["uid"]]
            for field in re.findall(r"__data\.fields\.(\w+)", url):
                assert field in columns
                assert f"{field}:percentencode" in url


def _urls(panel: dict[str, Any]) -> list[str]:
    return [
        link["url"]
        for override in panel["fieldConfig"]["overrides"]
        for prop in override["properties"]
        if prop["id"] == "links"
        for link in prop["value"]
    ]


@BOARD
def test_variables(board: dict[str, Any]) -> None:
    """A query uses only variables that its dashboard has; a variable only those that come before it."""
    names = [variable["name"] for variable in board["templating"]["list"]]
    for query in queries():
        if f"fmwatch-{query.board}" != board["uid"]:
            continue
        used = set(re.findall(r"\$\{(\w+):", query.sql)) | set(re.findall(r", \$([a-z]\w*)\)", query.sql))
        allowed = names
        if query.kind == "variable":
            allowed = names[: names.index(query.place.removeprefix("variable "))]
        assert used <= set(allowed), query


@RULES
def test_rules(rule: dict[str, Any]) -> None:
    """A rule has no macro of the browser, says what to do, and leads to its panel and runbook."""
    query, threshold = rule["data"]
    assert not [word for word in FRONT_END if word in query["model"]["rawSql"]]
    assert threshold["datasourceUid"] == "__expr__"
    assert rule["condition"] == threshold["refId"]
    # Grafana fills in variables of the environment in annotations.
    assert not [text for text in rule["annotations"].values() if "$" in text]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    shown = {board["uid"]: {panel["id"] for panel in panels(board)} for board in boards()}
    assert rule["panelId"] in shown[rule["dashboardUid"]]
    page = ROOT / "docs" / "runbooks" / f"{rule['annotations']['runbook_url'].rsplit('/', 1)[1]}.md"
    assert f"## {rule['title']}" in page.read_text("utf-8")


def test_policies() -> None:
    """Every policy leads to a contact point that is there, and every severity to one."""
    points = {point["name"] for point in provisioned("alerting/contact-points.yaml")["contactPoints"]}
    (tree,) = provisioned("alerting/policies.yaml")["policies"]
    assert {tree["receiver"], *(route["receiver"] for route in tree["routes"])} <= points
    for rule in rules():
        labels = rule["labels"]
        receiver = _route(tree, labels)["receiver"]
        assert receiver == {"page": "fmwatch on-call", "ticket": "fmwatch tickets"}[labels["severity"]]


def test_store_away() -> None:
    """A store that stays away pages, a short restart does not; data sources of others are theirs."""
    (tree,) = provisioned("alerting/policies.yaml")["policies"]
    made = {"alertname": "DatasourceError", "datasource_uid": "fmwatch"}
    for rule in rules():
        route = _route(tree, {**rule["labels"], **made})
        assert (route["receiver"], route["group_wait"]) == ("fmwatch on-call", "5m")
    assert _route(tree, {**made, "severity": "page"}) is tree


def _route(tree: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """Return the first route whose matchers fit, as Alertmanager does, or the tree itself."""
    return next(
        (
            route
            for route in tree["routes"]
            if all(labels.get(label) == value for label, _, value in route["object_matchers"])
        ),
        tree,
    )


def test_provisioned() -> None:
    """Grafana finds all of it where docker-compose.yml puts it, and asks the data source that is there."""
    (source,) = provisioned("datasources/fmwatch.yaml")["datasources"]
    asked = set(re.findall(r'"uid": "([\w-]+)"', "".join(build.files().values()))) & {source["uid"]}
    assert asked == {build.SOURCE}
    (provider,) = provisioned("providers/fmwatch.yaml")["providers"]
    seen = mounts(services()["grafana"])
    assert seen[provider["options"]["path"]] == GRAFANA / "dashboards"
    for name, folder in {
        "datasources": "datasources",
        "dashboards": "providers",
        "alerting": "alerting",
    }.items():
        assert seen[f"/etc/grafana/provisioning/{name}"] == GRAFANA / folder
    document = YAML(typ="safe").load((GRAFANA / "alerting" / "rules.yaml").read_text())
    # Grafana provisions rules before dashboards: of one title, both would make a folder.
    assert {group["folder"] for group in document["groups"]} == {"fmwatch alerts"}
    assert provider["folder"] == "fmwatch"


def test_check(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--check` names what differs and writes nothing; without it, everything is written."""
    monkeypatch.setattr(build, "OUT", tmp_path)
    monkeypatch.setattr("sys.argv", ["build", "--check"])
    with pytest.raises(SystemExit, match="1"):
        build.main()
    assert "differs" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr("sys.argv", ["build"])
    with pytest.raises(SystemExit, match="0"):
        build.main()
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")} == set(build.files())
