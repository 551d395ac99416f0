"""The shipped users of a ClickHouse server, in the engine of the tests: it holds each to his rights.

The engine takes every sender for `default`; here that one gets what the file says of the user under test.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from xml.etree import ElementTree as ET

SHIPPED = Path(__file__).parents[2] / "docker" / "clickhouse" / "users.d" / "fmwatch.xml"
NAMES = ("fmwatch", "fmwatch_score", "fmwatch_erase", "fmwatch_console", "fmwatch_read")
CONFIG = """
<clickhouse>
    <user_directories><users_xml><path>{folder}/users.xml</path></users_xml></user_directories>
</clickhouse>
"""
BASE = """
<clickhouse>
    <profiles><default/></profiles>
    <quotas><default/></quotas>
    <users>
        <default>
            <password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
        </default>
    </users>
</clickhouse>
"""
ANYTHING = (
    "<clickhouse><users><default><access_management>1</access_management></default></users></clickhouse>"
)


def config(folder: Path, name: str = "") -> Path:
    """Write a server's configuration with the shipped users, in which every sender is `name`; return it.

    Without a name the sender may do everything.
    """
    (folder / "users.d").mkdir(parents=True, exist_ok=True)
    (folder / "config.xml").write_text(CONFIG.format(folder=folder.resolve()))
    (folder / "users.xml").write_text(BASE)
    (folder / "users.d" / "fmwatch.xml").write_bytes(SHIPPED.read_bytes())
    (folder / "users.d" / "passwords.xml").write_text(_passwords())
    (folder / "users.d" / "sender.xml").write_text(_sender(name) if name else ANYTHING)
    return folder / "config.xml"


def _passwords() -> str:
    each = "".join(
        f"<{name}><password_sha256_hex>{'0' * 64}</password_sha256_hex></{name}>" for name in NAMES
    )
    return f"<clickhouse><users>{each}</users></clickhouse>"


def _sender(name: str) -> str:
    """Return who every sender is: the shipped user under the engine's own name."""
    root = ET.Element("clickhouse")
    sender = ET.SubElement(ET.SubElement(root, "users"), "default")
    found = ET.parse(SHIPPED).getroot().find(f"users/{name}")  # noqa: S314 - our own file
    assert found is not None
    for part in ("profile", "grants"):
        kept = deepcopy(found.find(part))
        assert kept is not None
        kept.set("replace", "replace")
        sender.append(kept)
    return ET.tostring(root, "unicode")
