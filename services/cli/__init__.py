"""The command `fmwatch`. Each command loads what it needs when it runs, so that help is instant."""

from __future__ import annotations

import click

from services.cli.alerts import alerts
from services.cli.ask import advise
from services.cli.break_even import break_even
from services.cli.calendar import calendar
from services.cli.calls import demo, replay, score, up
from services.cli.catalogue import catalogue
from services.cli.choose import choose
from services.cli.dead_letters import dead_letters
from services.cli.digest import digest
from services.cli.doctor import doctor
from services.cli.erase import erase
from services.cli.export import export
from services.cli.gate import gate
from services.cli.grafana import grafana
from services.cli.label import label
from services.cli.models import models
from services.cli.moved import moved
from services.cli.options import shown
from services.cli.report import report
from services.cli.rules import rules
from services.cli.shadow import judge, shadow
from services.cli.tokens import tokens
from services.cli.topics import topics
from services.cli.worker import worker


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=shown(
        "Try it:          fmwatch demo",
        "Your own calls:  fmwatch replay calls.jsonl",
        "Run it:          fmwatch up",
    ),
)
@click.version_option(package_name="fmwatch-server", prog_name="fmwatch")
def main() -> None:
    """Watch the foundation models you run: quality, spend, change, and what should replace them."""


for command in (
    demo,
    up,
    replay,
    score,
    alerts,
    advise,
    models,
    choose,
    break_even,
    calendar,
    catalogue,
    dead_letters,
    digest,
    doctor,
    erase,
    export,
    gate,
    moved,
    label,
    grafana,
    report,
    rules,
    shadow,
    judge,
    tokens,
    topics,
    worker,
):
    main.add_command(command)
