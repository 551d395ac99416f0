"""Picture of the console: python -m bench.screenshot http://127.0.0.1:8765/ docs/console.png."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=4000",  # until the charts are painted
)


@click.command()
@click.argument("url", default="http://127.0.0.1:8765/")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path), default=Path("docs/console.png"))
@click.option("--size", default="1200x1500", help="Width and height of the window.")
@click.option("--dark", is_flag=True, help="In dark colours.")
def main(url: str, target: Path, size: str, *, dark: bool) -> None:
    """Take a picture of a running console (`fmwatch demo --open` or `fmwatch up`) with headless Chromium."""
    width, height = map(int, size.split("x"))
    take(url, target, (width, height), dark=dark)


def take(url: str, target: Path, size: tuple[int, int], *, dark: bool = False) -> None:
    """Write a picture of a page, as wide and high as is said.

    Raises
    ------
    click.UsageError : there is no Chromium
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise click.UsageError("no Chromium here; Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        shown = [*FLAGS, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}"]
        shown += ["--force-dark-mode"] if dark else []
        subprocess.run(  # noqa: S603 -- the system's browser and the caller's own arguments
            [browser, *shown, f"--screenshot={target.resolve()}", url],
            check=True,
            capture_output=True,
            timeout=120,
        )
    sys.stderr.write(f"{target}: {target.stat().st_size // 1024} KiB\n")


if __name__ == "__main__":
    main()
