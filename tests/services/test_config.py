from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from fmwatch.redaction import KINDS

from services.config import Config, ConfigError, Kind, PriceConfig
from services.wiring import addresses, check_built, opened, rules
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
    "model both ways": (
        "models:\n  - {platform: azure, model: prod, serves: gpt-4o, tools: true}",
        ":2: models.0: serves says that another model answers .*leave out tools",
    ),
    "model twice": (
        "models: [{platform: azure, model: prod, serves: a},\n  {platform: Azure, model: prod, serves: b}]",
        ":2: models.1: azure/prod is said twice",
    ),
    "two ends": (
        "models: [{platform: a, model: b, ends: 2027-01-01, lives_until: 2027-01-01}]",
        "ends is an announced last day, lives_until a promise: say one",
    ),
    "small experiment": (
        "experiments:\n  - {route: a, incumbent: b/c, candidate: d/e, since: 2026-12-01, pairs: 100}",
        ":2: experiments.0.pairs: must be at least 320, not 100",
    ),
    "experiment without a platform": (
        "experiments:\n  - {route: a, incumbent: c, candidate: d/e, since: 2026-12-01, pairs: 400}",
        ":2: experiments.0.incumbent: ",
    ),
    "no cost": ("models: [{platform: a, model: b, hourly_usd: 0}]", "hourly_usd: must be more than 0"),
    "no receiver": ("teams:\n  a:\n    receivers: [x]", ":3: .*there is no receiver 'x' .allowed: console"),
    "no team": (
        "teams: {a: {}}\nroutes:\n  b: {team: c}",
        ":3: routes.b.team: there is no team 'c' .allowed: a",
    ),
    "no receiver in a rule": ("rules:\n  - {receivers: [y]}", ":2: .*no receiver 'y'"),
    "two in one receiver": (
        "receivers: {a: {webhook: {url: 'http://x'}, slack: {webhook_url: 'http://y'}}}",
        "exactly one of webhook",
    ),
    "missing": ("receivers: {a: {pagerduty: {}}}", "receivers.a.pagerduty.routing_key: is missing"),
    "no slack": ("receivers: {a: {slack: {}}}", "receivers.a.slack: needs either webhook_url, or token and"),
    "two slacks": (
        "receivers: {a: {slack: {webhook_url: 'http://y', token: t, channel: C1}}}",
        "receivers.a.slack: needs either",
    ),
    "slack without a channel": ("receivers: {a: {slack: {token: t}}}", "token and channel belong together"),
    "receiver's kind": (
        "receivers:\n  a: {slak: {}}",
        ":2: .*did you mean slack.*allowed: webhook, slack, pagerduty",
    ),
    "receiver's key": ("receivers: {a: {webhook: {ur: x}}}", "did you mean url.*allowed: url, secret"),
    "no address": (
        "receivers: {a: {webhook: {url: hooks.example.org}}}",
        "webhook.url: must be an address such",
    ),
    "address of a file": (
        "receivers: {a: {webhook: {url: 'file:///etc/passwd'}}}",
        "url: must be an address such",
    ),
    "mail's address": (
        "receivers: {a: {email: {host: h, from: 'A <a@b.c>', to: [a@b.c]}}}",
        "receivers.a.email.from: must be a plain address",
    ),
    "mail's host": (
        "receivers: {a: {email: {host: 'h:x/y', from: a@b.c, to: [a@b.c]}}}",
        "must be the name of a",
    ),
    "mail to nobody": (
        "receivers: {a: {email: {host: h, from: a@b.c, to: []}}}",
        "to must name at least one",
    ),
    "open password": (
        "receivers: {a: {email: {host: h, from: a@b.c, to: [a@b.c], user: u, password: p, security: none}}}",
        "a password needs security: starttls or tls",
    ),
    "user without a password": (
        "receivers: {a: {email: {host: h, from: a@b.c, to: [a@b.c], user: u}}}",
        "user and password belong together",
    ),
    "security": (
        "receivers: {a: {email: {host: h, from: a@b.c, to: [a@b.c], security: ssl}}}",
        "'ssl' is not allowed.*allowed: starttls, tls, none",
    ),
    "a taken name": (
        "receivers:\n  heartbeat: {webhook: {url: 'http://x'}}",
        ":2: receivers.heartbeat: heartbeat is the dead man's switch under heartbeat already: give this",
    ),
    "the terminal's name": ("receivers: {console: {webhook: {url: 'http://x'}}}", "console is the terminal"),
    "heartbeat to nobody": ("heartbeat: {receivers: [x]}", ":1: .*no webhook or alertmanager called 'x'"),
    "heartbeat to who takes none": (
        "heartbeat: {receivers: [a]}\nreceivers: {a: {pagerduty: {routing_key: k}}, b: {webhook: {url: 'http://x'}}}",
        ":1: heartbeat.receivers.0: .*called 'a' .allowed: b",
    ),
    "heartbeat's address": ("heartbeat: {webhook: {url: x}}", "heartbeat.webhook.url: must be an address"),
    "heartbeat's pace": ("heartbeat: {every_minutes: 0}", "every_minutes: must be at least 1"),
    "secret file": (
        "receivers: {a: {webhook: {url: 'http://x', secret_file: /nowhere}}}",
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
    "no reason": (
        "mute:\n  - {from: 2026-12-05T22:00:00Z, until: 2026-12-06T04:00:00Z}",
        ":2: mute.0.reason: is missing",
    ),
    "empty reason": (
        "mute: [{from: 2026-12-05T22:00:00Z, until: 2026-12-06T04:00:00Z, reason: ''}]",
        "mute.0.reason: must not be empty",
    ),
    "no zone": (
        "mute: [{from: 2026-12-05T22:00:00, until: 2026-12-06T04:00:00Z, reason: x}]",
        "mute.0.from: must say its zone: 2026-12-05T22:00:00Z is UTC",
    ),
    "a day for a time": (
        "mute: [{from: 2026-12-05, until: 2026-12-06T04:00:00Z, reason: x}]",
        "mute.0.from: must be a time with its zone such as 2026-12-01T22:00:00Z, not '2026-12-05'",
    ),
    "a number for a time": ("mute: [{from: 5, until: tomorrow, reason: x}]", "mute.0.from: must be a time"),
    "backwards": (
        "mute: [{from: 2026-12-06T22:00:00Z, until: 2026-12-06T22:00:00+01:00, reason: x}]",
        "mute.0: ends before it begins",
    ),
    "selector": (
        "mute: [{rout: a, from: 2026-12-05T22:00:00Z, until: 2026-12-06T04:00:00Z, reason: x}]",
        "did you mean route.*allowed: reason, from, until, signal",
    ),
    "renotify": ("renotify: {page_hours: 4h}", "renotify.page_hours: must be a number, not '4h'"),
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


def test_mute(tmp_path: Path) -> None:
    """A mute's times keep their zone, written with quotes or without, and select as they say."""
    text = (
        "mute:\n  - {route: 'batch/*', from: 2026-12-05T22:00:00+01:00, "
        "until: '2026-12-06T04:00:00Z', reason: move}\n"
        "renotify: {page_hours: 0, ticket_hours: 1.5}\n"
        "teams: {data: {owner: data-oncall}}\nroutes: {'batch/*': {team: data}}\n"
    )
    found = rules(Config.load(_file(tmp_path, text), {}))
    (mute,) = found.mutes.own
    assert (mute.since, mute.until) == (
        datetime(2026, 12, 5, 21, tzinfo=UTC),
        datetime(2026, 12, 6, 4, tzinfo=UTC),
    )
    assert (mute.route, mute.reason) == ("batch/*", "move")
    assert found.renotify == {"ticket": timedelta(hours=1.5)}
    assert (found.team_of("batch/nightly"), found.team_of("other")) == ("data", "")
    assert rules(Config()).renotify == {"page": timedelta(hours=4), "ticket": timedelta(days=1)}


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
    text = f"receivers: {{a: {{webhook: {{url: 'http://x', secret_file: {tmp_path / 'secret'}}}}}}}"
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
        "receivers: {a: {slack: {webhook_url: hush}}}",
        "receivers: {a: {pagerduty: {routing_key: hush hush}}}",
        "receivers: {a: {email: {host: h, from: a@b.c, to: [a@b.c], user: u, password: [hush]}}}",
        "receivers: {a: {apprise: {url: 'json://u:hush@h x'}}}",
        "heartbeat: {webhook: {url: [hush]}}",
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


@pytest.mark.parametrize(
    "url", ["https://fmwatch.example.org", "http://10.0.0.1:8766/watch/", "http://[::1]:8766"]
)
def test_console_url(url: str) -> None:
    """Links lead to where the console is said to be."""
    assert addresses(Config.parse({"console_url": url})).console == url.rstrip("/")
    assert addresses(Config()).console == ""


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "example.org", "https://a b", "https://x/<y>", "https://x/\n"]
)
def test_no_console_url(url: str) -> None:
    """What is no address is refused, with the key."""
    with pytest.raises(ConfigError, match="console_url"):
        Config.parse({"console_url": url})
