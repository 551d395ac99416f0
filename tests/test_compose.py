"""The shape on one host as text: no engine runs here, so what can be checked without one is."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import jsonschema
import pytest

from services.access.token import digest
from services.access.tokens_file import read as read_tokens
from services.cli import main
from services.config import Config
from store.connect import database_name
from tests.compose import ROOT, document, mounts, ours, services
from tests.store.users import NAMES

SCHEMA = Path(__file__).parent / "compose_spec" / "compose-spec.json"
EACH = pytest.mark.parametrize("name", sorted(services()))
OURS = pytest.mark.parametrize("name", sorted(ours()))
ONCE = {"topics", "demo"}  # nothing waits for them to be well
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PINNED = re.compile(r"[a-z0-9/-]+:\d+\.\d+(\.\d+)+(-slim)?")


def test_schema() -> None:
    """The file is one that the Compose Specification's own schema takes."""
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document())


def test_schema_refuses() -> None:
    """The schema would tell us: a key that is none is refused."""
    checker = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    wrong = {"services": {"a": {"image": "x", "cap_dropp": ["ALL"]}}}
    assert "cap_dropp" in next(checker.iter_errors(wrong)).message


@EACH
def test_sealed(name: str) -> None:
    """Every service has a pinned image, a user who is not root, no privileges, limits and few logs."""
    service = services()[name]
    assert PINNED.fullmatch(service["image"])
    assert int(service["user"].split(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["restart"] in {"unless-stopped", "on-failure"}
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)


@EACH
def test_watched(name: str) -> None:
    """Every service that stays says whether it is well: by its own check, or by the image's."""
    check = services()[name].get("healthcheck")
    if name in ONCE:
        assert check == {"disable": True}
    elif name in ours():
        assert check is None
        assert "HEALTHCHECK" in DOCKERFILE
    else:
        assert check is not None
        assert check["test"][0] in {"CMD", "CMD-SHELL"}


@EACH
def test_waits(name: str) -> None:
    """A service waits for others until they are well, or have done what they do once."""
    for other, how in services()[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in ONCE else "service_healthy"
        assert how == {"condition": expected}


@EACH
def test_doors(name: str) -> None:
    """What is published is published for this host only."""
    assert all(port.startswith("127.0.0.1:") for port in services()[name].get("ports", []))


@EACH
def test_no_secret(name: str) -> None:
    """No secret stands in the file: variables name files with them."""
    for variable, value in services()[name].get("environment", {}).items():
        if re.search("PASSWORD|SECRET|TOKEN|KEY|CLICKHOUSE_FILE", variable):
            assert str(value).startswith("/run/secrets/")
            assert value in mounts(services()[name])
        assert "@" not in str(value) or variable in {
            "KAFKA_CONTROLLER_QUORUM_VOTERS",
            "GF_PLUGINS_PREINSTALL_SYNC",
        }


@OURS
def test_read_only(name: str) -> None:
    """Our processes write to /tmp only, and are told everything by files that they may only read."""
    service = ours()[name]
    assert service["read_only"] is True
    assert [place.split(":")[0] for place in service["tmpfs"]] == ["/tmp"]  # noqa: S108 - in a container
    assert all(volume.endswith(":ro") for volume in service["volumes"])


@OURS
def test_command(name: str) -> None:
    """Each command is one of fmwatch, with options that it has."""
    parsed(ours()[name]["command"])


def parsed(words: list[str]) -> click.Context:
    """Return the context of the innermost command, its options read as the program reads them."""
    command: click.Command = main
    while isinstance(command, click.Group):
        name, *words = words
        if name not in command.commands:
            raise click.UsageError(f"no command {name}")
        command = command.commands[name]
    return command.make_context(command.name, words)


def test_parsed() -> None:
    """A command or an option that is not there would be noticed."""
    with pytest.raises(click.UsageError):
        parsed(["worker", "scores"])
    with pytest.raises(click.UsageError):
        parsed(["worker", "score", "--replicas", "2"])


def test_roles() -> None:
    """Every process of the production path is there, two of those that share work or stand by."""
    replicas = {name: one["deploy"].get("replicas", 1) for name, one in services().items()}
    assert replicas == {
        "kafka": 1, "clickhouse": 1, "topics": 1, "score": 2, "watch": 2,
        "gateway": 1, "console": 1, "grafana": 1, "demo": 1,
    }  # fmt: skip
    assert [name for name, one in services().items() if "profiles" in one] == ["demo"]


def test_least_rights() -> None:
    """Each process opens the store as the user that may do what it does, and no more."""
    users = {
        name: path.removeprefix("/run/secrets/store-")
        for name, one in ours().items()
        if (path := one.get("environment", {}).get("FMWATCH_STORE_CLICKHOUSE_FILE"))
    }
    assert users == {"watch": "fmwatch", "score": "fmwatch_score", "console": "fmwatch_console"}


def test_files_are_there(secrets: Path) -> None:
    """Whatever a service mounts is in the repository, or made by the script."""
    for service in services().values():
        for outside in mounts(service).values():
            made = outside.relative_to(ROOT)
            found = secrets.parent / made if made.parts[0] == "secrets" else outside
            assert found.exists(), made


def test_volumes() -> None:
    """What must outlive a container is in a volume with a name."""
    named = {volume.split(":")[0] for one in services().values() for volume in one.get("volumes", [])}
    assert {volume for volume in named if not volume.startswith("./")} == set(document()["volumes"])


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the script has made."""
    folder = tmp_path_factory.mktemp("host") / "secrets"
    subprocess.run(["sh", ROOT / "docker" / "new-secrets.sh", folder], check=True, capture_output=True)
    return folder


def test_secrets(secrets: Path) -> None:
    """The script's passwords are those whose hashes the server gets, and its tokens those of the file."""
    hashes = ET.parse(secrets / "clickhouse-passwords.xml").getroot()  # noqa: S314 - just made
    for name in NAMES:
        url = Config.load(
            None, {"FMWATCH_STORE_CLICKHOUSE_FILE": str(secrets / f"store-{name}")}
        ).store.clickhouse
        assert url is not None
        assert database_name(url) == "fmwatch"
        user, password = url.removeprefix("http://").split("@")[0].split(":")
        assert user == name
        assert len(password) == 64
        assert hashes.findtext(f"users/{name}/password_sha256_hex") == digest(password)
        if name == "fmwatch_read":
            assert (secrets / "grafana-store").read_text() == password
    entries = {one.scope: one.sha256 for one in read_tokens(secrets / "tokens" / "tokens.yaml")}
    tokens = {scope: (secrets / f"token-{scope}").read_text() for scope in ("ingest", "read")}
    assert entries == {scope: digest(token) for scope, token in tokens.items()}


def test_secrets_are_kept(secrets: Path) -> None:
    """Only the owner enters the folder, git never sees it, and a second run takes nothing away."""
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    again = subprocess.run(
        ["sh", ROOT / "docker" / "new-secrets.sh", secrets], capture_output=True, check=False
    )
    assert again.returncode == 2


def test_told() -> None:
    """The file that the containers are told by loads, and names what the others offer."""
    config = Config.load(ROOT / "docker" / "fmwatch.yaml", {})
    assert config.log.kafka == "kafka:9092"
    for name in ("gateway", "console"):
        assert str(config.tokens_file).startswith(tuple(mounts(ours()[name])))


def test_dockerfile() -> None:
    """The image is of a pinned base, of hashed packages only, without root and without what builds."""
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases
    assert all(PINNED.fullmatch(base) for base in bases)
    installs = re.findall(r"pip (?:install|sync)[^&\n]*", DOCKERFILE)
    assert len(installs) == 3
    assert all("--require-hashes" in one or "--no-deps --no-build-isolation" in one for one in installs)
    last = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["fmwatch"\]$', last, re.MULTILINE)
    assert "pip install" not in last
    assert "ADD " not in DOCKERFILE
    assert "latest" not in DOCKERFILE


def test_build_tools_go() -> None:
    """What only builds our wheels is taken out again, and nothing else needs it."""
    (removed,) = re.findall(r"pip uninstall[^&]*", DOCKERFILE)
    pinned = re.findall(r"^([a-z0-9-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    builders = {"hatchling", "editables", "pathspec", "pluggy", "trove-classifiers"}
    assert builders <= set(pinned)
    assert all(name in removed for name in builders)


def test_copied() -> None:
    """Whatever the image is made of goes to the builder, and nothing else does."""
    sent = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {
        name
        for line in re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
    }
    assert sent == copied
    rooms = re.findall(r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert set(re.findall(r'"(\w+)"', rooms[0])) < copied
