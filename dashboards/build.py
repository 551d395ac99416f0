"""Write what Grafana is provisioned with, and the page about it: python -m dashboards.build [--check]."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO
from ruamel.yaml.scalarstring import walk_tree

from dashboards import page, rules
from dashboards.boards import BOARDS

OUT = Path(__file__).parents[1]
GRAFANA = "docker/grafana"
SOURCE = "fmwatch"  # uid in docker/grafana/datasources/fmwatch.yaml
CONSOLE = "http://127.0.0.1:8766"  # where docker-compose.yml has it
_MADE = "# Made by python -m dashboards.build; to change it, change dashboards/rules.py.\n"


def files() -> Mapping[str, str]:
    """Return every file that is made, by its path in the repository."""
    boards = {
        f"{GRAFANA}/dashboards/{board.uid}.json": json.dumps(
            board.json(SOURCE, CONSOLE), indent=1, ensure_ascii=False
        )
        + "\n"
        for board in BOARDS
    }
    return {
        **boards,
        f"{GRAFANA}/alerting/rules.yaml": _MADE + _yaml(rules.json(SOURCE, CONSOLE)),
        "docs/panels.md": page.text(),
    }


def main() -> None:
    """Write what differs, or only name it."""
    parser = ArgumentParser(prog="python -m dashboards.build", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="Write nothing; exit code 1 where a file differs."
    )
    check = parser.parse_args().check
    differing = [
        OUT / name
        for name, text in files().items()
        if not (OUT / name).exists() or (OUT / name).read_text("utf-8") != text
    ]
    for path in differing:
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files()[str(path.relative_to(OUT))], "utf-8")
        sys.stdout.write(f"{'differs' if check else 'written'}: {path}\n")
    raise SystemExit(1 if check and differing else 0)


def _yaml(document: object) -> str:
    """Return it with the lines of SQL as lines."""
    walk_tree(document)
    yaml, text = YAML(), StringIO()
    yaml.width = 1000
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(document, text)
    return str(text.getvalue())


if __name__ == "__main__":
    main()
