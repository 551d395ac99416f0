from pathlib import Path
from typing import get_args

import pytest
from fmwatch.redaction import KINDS

from services.config import Config, ConfigError, Kind, PriceConfig
from services.wiring import check_built, opened
from store.layout import PLAIN, Layout
from store.testing import ServedStore

ROOT = Path(__file__).parents[2]

# One small file per mistake: the text, and what the error must say.
WRONG = {
    "unknown key": (
        "pages_per_month: 1\npages_per_mont: 2",
        ":2: pages_per_mont: there is no key .*did you mean pages_per_month",
    ),
    "text for a number": ("pages_per_month: '1'", ":1: pages_per_month: must be a number, not '1'"),
    "a unit": ("reference: {days: 14d}", "reference.days: must be a whole number, not '14d'"),
    "yes for a number": ("reference: {days: true}", "reference.days: must be a whole number, not True"),
    "out of range": ("pages_per_month: 0", "pages_per_month: must be more than 0"),
    "zone": ("timezone: Berlin", "'Berlin' is no time zone; write for instance UTC"),
    "deep key": (
        "routes:\n  b/*:\n    retention_dayz: 3",
        ":3: .*did you mean retention_days.*allowed: team, quality",
    ),
    "no receiver": ("teams:\n  a:\n    receivers: [x]", ":3: .*there is no receiver 'x' .allowed: console"),
    "no team": (
        "teams: {a: {}}\nroutes:\n  b: {team: c}",
        ":3: routes.b.team: there is no team 'c' .allowed: a",
    ),
    "no receiver in a rule": ("rules:\n  - {receivers: [y]}", ":2: .*no receiver 'y'"),
    "two in one receiver": (
        "receivers: {a: {webhook: {url: x}, slack: {webhook_url: y}}}",
        "exactly one of webhook",
    ),
    "missing": ("receivers: {a: {slack: {}}}", "receivers.a.slack.webhook_url: is missing"),
    "secret file": (
        "receivers: {a: {webhook: {url: x, secret_file: /nowhere}}}",
        "secret_file: cannot read /nowhere",
    ),
    "store's file": ("store: {clickhouse_file: /nowhere}", "store.clickhouse_file: cannot read /nowhere"),
    "store said twice": (
        "store:\n  clickhouse: http://h/x\n  clickhouse_file: /dev/null",
        ":3: store.clickhouse_file: clickhouse says it already; leave one of the two out",
    ),
    "cluster without a server": ("store: {cluster: fm}", "store: a cluster is reached by one of its servers"),
    "shards without a cluster": (
        "store: {clickhouse: http://h/x, sharded: true}",
        "store: .*among the shards of a cluster: name the cluster",
    ),
    "cluster's name": ("store: {clickhouse: http://h/x, cluster: a b}", "'a b' is no name for a cluster"),
    "signal": ("rules: [{signal: latncy}]", "did you mean latency.*allowed: error, latency"),
    "effect": ("rules: [{at_least: {ratios: 2}}]", "did you mean ratio"),
    "severity": ("rules: [{severity: pge}]", "did you mean page"),
    "price": (
        "prices: [{platform: a, model: b, output: 2 USD}]",
        "must be a number, without a unit, not '2 USD'",
    ),
    "negative price": ("prices: [{platform: a, model: b, input: -1}]", "must be at least 0, not -1"),
    "date": ("prices: [{platform: a, model: b, from: soon}]", "prices.0.from: must be a date"),
    "redact": ("redact: [mail]", "did you mean email.*allowed: card, email"),
    "no list": ("redact: email", "must be a list"),
    "candidate": ("routes: {a: {candidates: [gpt]}}", "must be written platform/model"),
    "number as a name": ("routes: {1: {}}", "routes.1: must be text, not 1"),
    "twice": ("timezone: UTC\ntimezone: UTC", ":2: .*duplicate key"),
    "no yaml": ("a: [1\nb: 2", ":2: not readable as YAML"),
    "a list": ("- a", "must be a mapping"),
    "control characters": ("\0", "not readable as YAML"),
}


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "fmwatch.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name: str, tmp_path: Path) -> None:
    """Each mistake is refused with file, line, key and what is right."""
    text, says = WRONG[name]
    with pytest.raises(ConfigError, match=says) as caught:
        Config.load(_file(tmp_path, text), {})
    assert str(tmp_path / "fmwatch.yaml") in str(caught.value)


def test_all_at_once(tmp_path: Path) -> None:
    """All mistakes are reported together, one line each."""
    with pytest.raises(ConfigError) as caught:
        Config.load(_file(tmp_path, "a: 1\nb: 2\ntimezone: x\n"), {})
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["3", "1", "2"]


def test_defaults() -> None:
    """Without a file every key has its default."""
    config = Config.load(None, {})
    assert (config.pages_per_month, config.tickets_per_month, config.reference.days) == (1, 4, 14)
    assert config.redact == ("email", "phone", "card", "secret")
    assert config.route("any").quality == 0.02
    assert str(config.zone) == "UTC"


@pytest.mark.parametrize("text", ["", "# nothing\n", "teams:\nroutes:\n"])
def test_empty(text: str, tmp_path: Path) -> None:
    """An empty file, or a key with nothing behind it, means the defaults."""
    assert Config.load(_file(tmp_path, text), {}) == Config()


def test_example() -> None:
    """The example loads, names every key, and its commented values are the defaults."""
    path = ROOT / "fmwatch.example.yaml"
    config = Config.load(path, {})
    check_built(config)
    for key in Config.model_fields:
        assert f"{key}:" in path.read_text()


def test_first_match(tmp_path: Path) -> None:
    """The first glob that matches a route holds for it."""
    config = Config.load(
        _file(tmp_path, "routes: {a/x: {quality: 0.1}, a/*: {quality: 0.2}, '*': {quality: 0.3}}"), {}
    )
    assert [config.route(name).quality for name in ("a/x", "a/y", "b")] == [0.1, 0.2, 0.3]


def test_environment(tmp_path: Path) -> None:
    """A variable overrides its key, and is named when it is wrong."""
    path = _file(tmp_path, "pages_per_month: 3\nreference: {days: 5}")
    found = Config.load(
        path,
        {"FMWATCH_PAGES_PER_MONTH": "2", "FMWATCH_REDACT": "email, ssn", "FMWATCH_REFERENCE_DAYS": "7"}
        | {"FMWATCH_URL": "http://elsewhere", "FMWATCH_STORE_CLICKHOUSE": "http://h:8123/x"},
    )
    assert (found.pages_per_month, found.redact, found.reference.days) == (2, ("email", "ssn"), 7)
    assert found.store.clickhouse == "http://h:8123/x"
    with pytest.raises(ConfigError, match="environment variable FMWATCH_PAGES_PER_MONTH: must be a number"):
        Config.load(path, {"FMWATCH_PAGES_PER_MONTH": "many"})


def test_secret_file(tmp_path: Path) -> None:
    """A key that ends in _file gives the secret in that file."""
    (tmp_path / "secret").write_text("abc\n")
    text = f"receivers: {{a: {{webhook: {{url: x, secret_file: {tmp_path / 'secret'}}}}}}}"
    webhook = Config.load(_file(tmp_path, text), {}).receivers["a"].webhook
    assert webhook is not None
    assert list(webhook.secret) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "store: http://u:hush@h:8123/x",
        "store: {clickhouse: [http://u:hush@h:8123/x]}",
        "store: {clickhouse_file: http://u:hush@h:8123/x}",
        "receivers: {a: {pagerduty: hush}}",
        "receivers: {a: {slack: {webhook_url: [hush]}}}",
    ],
)
def test_not_shown(text: str, tmp_path: Path) -> None:
    """A secret that stands in the wrong place is not repeated in the error."""
    with pytest.raises(ConfigError, match=r"must be|cannot read an address") as refused:
        Config.load(_file(tmp_path, text), {})
    assert "hush" not in str(refused.value)


def test_empty_secret(tmp_path: Path) -> None:
    """A file that should hold a secret and is empty is named."""
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(ConfigError, match=r"store\.clickhouse_file: cannot read .*secret: it is empty"):
        Config.load(_file(tmp_path, f"store: {{clickhouse_file: {tmp_path / 'secret'}}}"), {})


def test_store_file(tmp_path: Path) -> None:
    """The store's address, with its password, may be in a file; a variable wins however the file says it."""
    (tmp_path / "secret").write_text("http://u:p@h:8123/x\n")
    (tmp_path / "other").write_text("http://u:p@other:8123/x\n")
    by_file = {"FMWATCH_STORE_CLICKHOUSE_FILE": str(tmp_path / "other")}
    by_value = {"FMWATCH_STORE_CLICKHOUSE": "http://third/x"}
    written = _file(tmp_path, f"store: {{clickhouse_file: {tmp_path / 'secret'}}}")
    assert Config.load(written, {}).store.clickhouse == "http://u:p@h:8123/x"
    assert Config.load(written, by_file).store.clickhouse == "http://u:p@other:8123/x"
    assert Config.load(written, by_value).store.clickhouse == "http://third/x"
    assert Config.load(None, by_file).store.clickhouse == "http://u:p@other:8123/x"
    assert Config.load(_file(tmp_path, "store: {clickhouse: http://h/x}"), by_file).store.clickhouse == (
        "http://u:p@other:8123/x"
    )
    with pytest.raises(ConfigError, match="variable FMWATCH_STORE_CLICKHOUSE_FILE: clickhouse says it"):
        Config.load(None, by_file | by_value)
    with pytest.raises(ConfigError, match="variable FMWATCH_STORE_CLICKHOUSE_FILE: cannot read /none"):
        Config.load(None, {"FMWATCH_STORE_CLICKHOUSE_FILE": "/none"})


def test_layout(tmp_path: Path) -> None:
    """A store on several servers is said by the cluster's name, in the file or by variables."""
    single = _file(tmp_path, "store: {clickhouse: http://h/x}")
    assert Config.load(single, {}).store.layout() == PLAIN
    path = _file(tmp_path, "store: {clickhouse: http://h/x, cluster: fm, sharded: true}")
    assert Config.load(path, {}).store.layout() == Layout("fm", sharded=True)
    variables = {"FMWATCH_STORE_CLUSTER": "7", "FMWATCH_STORE_SHARDED": "false"}
    assert Config.load(path, variables).store.layout() == Layout("7")


def test_opened(served_store: ServedStore) -> None:
    """Every process of the production path opens the store with the layout that the configuration names."""
    config = Config.parse({"store": {"clickhouse": served_store.url, "cluster": "fm"}})
    with opened(Config.parse({"store": {"clickhouse": served_store.url}})) as database:
        assert database.layout == PLAIN
    with opened(config) as database:
        assert database.layout == Layout("fm")


def test_missing_file(tmp_path: Path) -> None:
    """A missing file, a folder and a file that is not UTF-8 are one sentence each."""
    with pytest.raises(ConfigError, match="cannot be read: no such file"):
        Config.load(tmp_path / "none.yaml", {})
    with pytest.raises(ConfigError, match="cannot be read: is a directory"):
        Config.load(tmp_path, {})
    (tmp_path / "latin.yaml").write_bytes(b"timezone: \xe9")
    with pytest.raises(ConfigError, match="not UTF-8"):
        Config.load(tmp_path / "latin.yaml", {})


def test_parse() -> None:
    """A mapping made by a program is checked like a file."""
    assert Config.parse({"timezone": "Europe/Berlin"}).timezone == "Europe/Berlin"
    with pytest.raises(ConfigError, match="configuration: zone: there is no key"):
        Config.parse({"zone": "UTC"})


def test_kinds() -> None:
    """What may be redacted is what the redactor knows."""
    assert set(get_args(Kind)) == set(KINDS)


def test_buckets() -> None:
    """A price row gives the buckets it names."""
    row = PriceConfig.model_validate({"platform": "a", "model": "b", "from": "2026-01-01", "input": 2.1})
    assert {name: str(value) for name, value in row.buckets.items()} == {"input": "2.1"}
