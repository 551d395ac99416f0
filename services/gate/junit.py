"""What a gate says, as the JUnit XML that CI systems read.

A test case for quality and one per guard that decides. A candidate that passes has no failure though some
lines are worse, for a CI system takes a failure for the whole. What is insufficient is skipped: whether that
may go on is for the exit code to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from services.gate.told import lines

Document = Mapping[str, Any]


def junit(found: Document) -> bytes:
    """Return the document as a file."""
    cases = [_quality(found), *(_guard(found, one) for one in found["guards"] if one["limit"] is not None)]
    counts = {name: sum(case.find(kind) is not None for case in cases) for name, kind in _KINDS.items()}
    suite = ET.Element(
        "testsuite",
        {
            "name": "fmwatch gate",
            "tests": str(len(cases)),
            "errors": "0",
            **{name: str(n) for name, n in counts.items()},
        },
    )
    suite.extend(cases)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return bytes(ET.tostring(root, "utf-8", xml_declaration=True)) + b"\n"


_KINDS = {"failures": "failure", "skipped": "skipped"}


def _quality(found: Document) -> ET.Element:
    case = _case(found, "bad answers")
    failed = [guard["name"] for guard in found["guards"] if guard["failed"]]
    said = _text("; ".join(found["reasons"]))
    if found["outcome"] == "insufficient":
        ET.SubElement(case, "skipped", {"message": said})
    elif found["outcome"] == "fail" and (len(found["reasons"]) > len(failed) or not failed):
        ET.SubElement(case, "failure", {"message": said, "type": "fail"})
    ET.SubElement(case, "system-out").text = _text("\n".join(lines(found)))
    return case


def _guard(found: Document, guard: Document) -> ET.Element:
    case = _case(found, guard["name"])
    if guard["failed"]:
        said = next(reason for reason in found["reasons"] if reason.startswith(guard["name"]))
        ET.SubElement(case, "failure", {"message": _text(said), "type": "guard"})
    return case


def _case(found: Document, name: str) -> ET.Element:
    route, candidate = _text(found["route"]), _text(found["candidate"])
    return ET.Element("testcase", {"classname": f"{route}.{candidate}", "name": name})


def _text(text: str) -> str:
    """Return a text without the characters that no XML can hold."""
    return "".join(char if char == "\n" or char.isprintable() else " " for char in text)
