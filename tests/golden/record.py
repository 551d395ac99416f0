"""Record what real instrumentations send: each in an environment of its own, against the fake provider.

python -m tests.golden.record                     everything, with the versions that are held
python -m tests.golden.record --newest langfuse   one, with the newest versions from the registry
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from services.fake_provider.testing import FakeProvider
from tests.golden.as_json import as_json
from tests.golden.merged import merged
from tests.golden.producer import HERE, Producer, producers
from tests.golden.receiver import Receiver
from tests.golden.scenarios import Fields, Scenario
from tests.golden.stable import stable

_ASKS = HERE / "asks"
_UV = str(Path(sys.executable).with_name("uv"))
_LIMIT_S = 120
_PORTS = (8000, 4318)
ATTRIBUTE = re.compile(r'\{\s*"key": (".*"),\s*"value": \{\s*("\w+Value": [^\[{\s].*)\s*\}\s*\}')


class Environment:
    """The packages of one producer, apart from everybody else's.

    Parameters
    ----------
    folder : where it is, or will be
    """

    def __init__(self, producer: Producer, folder: Path) -> None:
        self._producer = producer
        self.folder = folder
        self.python = folder / "bin" / "python"

    @property
    def is_node(self) -> bool:
        """Tell whether the driver is JavaScript."""
        return self._producer.driver.suffix == ".mjs"

    def install(self, *, newest: bool) -> None:
        """Get what the driver names, in the versions that are held."""
        held = {} if newest else self._producer.recorded.get("packages", {})
        names = self._producer.header["dependencies"]
        sign = "@" if self.is_node else "=="
        wanted = [
            f"{_bare(name)}{sign}{held[_named(name)]}" if _named(name) in held else name for name in names
        ]
        if self.is_node:
            self.folder.mkdir(parents=True, exist_ok=True)
            _run("npm", "install", "--silent", "--prefix", str(self.folder), *wanted)
            return
        if not self.python.exists():
            _run(_UV, "venv", "--quiet", "--python", sys.executable, str(self.folder))
        _run(_UV, "pip", "install", "--quiet", "--upgrade", "--python", str(self.python), *wanted)

    def packages(self) -> dict[str, str]:
        """Return the versions of what the driver names."""
        if self.is_node:
            listed = json.loads(_run("npm", "ls", "--json", "--depth=0", "--prefix", str(self.folder)))
            found = {name: told["version"] for name, told in listed["dependencies"].items()}
        else:
            listed = json.loads(
                _run(_UV, "pip", "list", "--quiet", "--format=json", "--python", str(self.python))
            )
            found = {told["name"]: told["version"] for told in listed}
        return {name: found[name] for name in sorted(map(_named, self._producer.header["dependencies"]))}

    def drive(self, scenario: Scenario, provider: str, receiver: str) -> str:
        """Let the driver do what the scenario says; return what it printed.

        Raises
        ------
        RuntimeError : it failed, or did not end in time
        """
        asked = json.dumps(scenario.asked(self._producer.wire))
        driver = self._producer.driver
        if self.is_node:  # it finds its packages beside itself
            driver = self.folder / driver.name
            driver.write_bytes(self._producer.driver.read_bytes())
        program = "node" if self.is_node else str(self.python)
        with tempfile.TemporaryDirectory() as home:
            said = {**_environment(home, provider, receiver), **self._producer.golden.get("environment", {})}
            said = {name: value.replace("{receiver}", receiver) for name, value in said.items()}
            return _run(program, str(driver), asked, environment=said, folder=home)


def record(producer: Producer, environment: Environment, scenarios: Iterable[str]) -> None:
    """Write what one producer sends in these scenarios, and with which versions."""
    for scenario in producer.scenarios:
        if not scenarios or scenario.name in scenarios:
            _write(producer.path(scenario.name), _recorded(producer, environment, scenario))
            click.echo(f"{producer.name} {scenario.name}")
    runtime = (
        {"node": _run("node", "--version").strip().lstrip("v")}
        if environment.is_node
        else {"python": platform.python_version()}
    )
    told = {"recorded": f"{datetime.now(UTC):%Y-%m-%d}", **runtime, "packages": environment.packages()}
    _write(producer.folder / "producer.json", told)


def _recorded(producer: Producer, environment: Environment, scenario: Scenario) -> Fields:
    began = datetime.now(UTC)
    replies = scenario.served(producer.wire)
    with FakeProvider(reply=replies[-1]) as provider, Receiver() as receiver:
        provider.next(*replies)
        printed = environment.drive(scenario, provider.url, receiver.url)
        door = int(provider.url.rpartition(":")[2])
    if len(provider.asked) != len(replies) or not receiver.bodies:
        raise RuntimeError(
            f"{producer.name} {scenario.name}: {len(provider.asked)} calls where {len(replies)} were "
            f"scripted, {len(receiver.bodies)} exports; the driver said:\n{printed}"
        )
    asked = [bool(asked.get("stream")) for asked in provider.asked]
    if asked != [call.stream for call in producer.expected(scenario)]:
        raise RuntimeError(f"{producer.name} {scenario.name}: a stream was asked for {asked}; see `streams`")
    whole = merged(as_json(kind, body, is_json=is_json) for kind, is_json, body in receiver.bodies)
    ports = dict(zip((door, receiver.port), _PORTS, strict=True))
    return stable(whole, ports, (began, datetime.now(UTC)))


def _environment(home: str, provider: str, receiver: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "PYTHONPATH": str(_ASKS),
        "TZ": "UTC",
        "OPENAI_BASE_URL": f"{provider}/v1",
        "OPENAI_API_KEY": "sk-golden",
        "ANTHROPIC_BASE_URL": provider,
        "ANTHROPIC_API_KEY": "sk-golden",
        "GOOGLE_GEMINI_BASE_URL": provider,
        "GOOGLE_API_KEY": "golden",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_SERVICE_NAME": "shop-support",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=golden,service.namespace=shop",
    }


def _bare(dependency: str) -> str:
    """Return a dependency without the versions that it asks for."""
    return re.split("[<>=!~ ]", dependency, maxsplit=1)[0]


def _named(dependency: str) -> str:
    return _bare(dependency).partition("[")[0]


def _run(*command: str, environment: dict[str, str] | None = None, folder: str | None = None) -> str:
    done = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600 if environment is None else _LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout + done.stderr[-4000:] if environment is not None else done.stdout


def _write(path: Path, fields: Fields) -> None:
    text = json.dumps(fields, indent=1, ensure_ascii=False)
    path.write_text(ATTRIBUTE.sub(r'{"key": \1, "value": {\2}}', text) + "\n")


@click.command(epilog="Example:  python -m tests.golden.record --newest langfuse")
@click.argument("names", nargs=-1)
@click.option("--newest", is_flag=True, help="Take the newest versions, and hold them.")
@click.option("--scenario", "scenarios", multiple=True, help="Only this one; may be given again.")
@click.option("--environments", type=click.Path(path_type=Path), help="Keep the environments here.")
def main(
    names: tuple[str, ...], scenarios: tuple[str, ...], environments: Path | None, *, newest: bool
) -> None:
    """Record what instrumentations send; needs a registry of packages, and Node for some."""
    chosen = [producer for producer in producers() if not names or producer.name in names]
    with tempfile.TemporaryDirectory() as temporary:
        for producer in chosen:
            environment = Environment(producer, (environments or Path(temporary)) / producer.name)
            environment.install(newest=newest)
            record(producer, environment, scenarios)


if __name__ == "__main__":
    main()
