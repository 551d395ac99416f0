"""Measure what watching costs an application that asks OpenAI's SDK, asynchronously, two hundred at a time.

A provider that answers after 300 ms and a gateway that takes everything are processes of their own. Blocks
of calls follow each other without and with the wrapper, in the order ABBA, so that a machine that gets
slower slows both. Processor time is that of the application's whole process, with the sender's thread:
each block ends when all is sent. The ratio of latencies is that of the blocks' medians; its upper bound
is the 95th percentile of the ratios of rounds ABBA drawn anew.

Two hundred calls that end at the same time are a queue in front of one thread: what a call costs in processor
time, the SDK's own most of all, is waited for by those behind it. So the ratio says more about a processor
than about 300 ms.

python -m bench.overhead [--json] [--full]
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import fmwatch.openai
import numpy as np
from fmwatch import Client
from numpy.typing import NDArray
from openai import AsyncOpenAI

from bench.report import emit, options

CONCURRENT = 200
LATENCY_S = 0.3
EACH = 3  # calls that each of the concurrent ones makes in a block
ROUNDS, ROUNDS_FULL = 8, 90
DRAWN = 10_000
PROMPT = "A customer asks how long a refund takes, and has bought by card on Monday. " * 28  # 2 KB

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Block:
    """What one block of calls took."""

    cpu_us: float  # of the process, per call
    latency_ms: Times  # of each call


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    rounds = ROUNDS_FULL if chosen.full else ROUNDS
    with _ends() as (provider, gateway), Client(gateway) as client:
        plain, watched = asyncio.run(_measured(provider, client, rounds))
        report = client.flush(30.0)
    assert report.dropped == report.waiting == 0, report
    added, row = _added(plain, watched)
    rows = [
        row,
        *(_ratio(plain, watched, quantile) for quantile in (50, 95)),
        {"what": "events sent", "n": report.sent},
    ]
    n = 2 * rounds * CONCURRENT * EACH
    emit("overhead", added, "us of processor per call", n=n, rows=rows, as_json=chosen.json)


async def _measured(provider: str, client: Client, rounds: int) -> tuple[list[Block], list[Block]]:
    async with (
        AsyncOpenAI(base_url=provider, api_key="-") as bare,
        AsyncOpenAI(base_url=provider, api_key="-") as other,
    ):
        watched = fmwatch.openai.watch(other, to=client, route="bench")
        plain_blocks: list[Block] = []
        watched_blocks: list[Block] = []
        for sdk in (bare, watched):  # connections, imports, types of the SDK
            await _block(sdk, client)
        for _ in range(rounds):
            plain_blocks.append(await _block(bare, client))
            watched_blocks.append(await _block(watched, client))
            watched_blocks.append(await _block(watched, client))
            plain_blocks.append(await _block(bare, client))
    return plain_blocks, watched_blocks


async def _block(sdk: AsyncOpenAI, client: Client) -> Block:
    gc.collect()
    began = time.process_time()
    found = await asyncio.gather(*(_calls(sdk) for _ in range(CONCURRENT)))
    await asyncio.to_thread(client.flush, 30.0)
    spent = time.process_time() - began
    return Block(1e6 * spent / (CONCURRENT * EACH), np.concatenate(found))


async def _calls(sdk: AsyncOpenAI) -> Times:
    moments = [time.perf_counter()]
    for _ in range(EACH):
        await sdk.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": PROMPT}],
        )
        moments.append(time.perf_counter())
    return np.array([1e3 * (after - before) for before, after in pairwise(moments)])


def _rounds(each: list[float]) -> Times:
    """Return the mean of the two blocks of each round."""
    means: Times = np.array(each).reshape(-1, 2).mean(axis=1)
    return means


def _added(plain: list[Block], watched: list[Block]) -> tuple[float, dict[str, object]]:
    """Return the processor time added to a call, the median of the rounds, and its row."""
    a, b = (_rounds([block.cpu_us for block in blocks]) for blocks in (plain, watched))
    drawn = np.random.default_rng(1).integers(len(a), size=(DRAWN, len(a)))
    added = float(np.median(b - a))
    at_most = float(np.percentile(np.median((b - a)[drawn], axis=1), 95))
    row: dict[str, object] = {
        "what": "added by the wrapper, us, at most 150",
        "us": added,
        "at_most": at_most,
    }
    return added, {**row, "without_us": float(np.median(a))}


def _ratio(plain: list[Block], watched: list[Block], quantile: int) -> dict[str, object]:
    """Return the ratio of a quantile of latency, and the upper bound of its 95 % interval."""
    a, b = (
        _rounds([float(np.percentile(block.latency_ms, quantile)) for block in blocks])
        for blocks in (plain, watched)
    )
    drawn = np.random.default_rng(1).integers(len(a), size=(DRAWN, len(a)))
    ratios = b[drawn].mean(axis=1) / a[drawn].mean(axis=1)
    return {
        "what": f"latency, {quantile} %, with / without, at most 1.05",
        "ratio": float(b.mean() / a.mean()),
        "at_most": float(np.percentile(ratios, 95)),
        "without_ms": float(a.mean()),
    }


@contextmanager
def _ends() -> Iterator[tuple[str, str]]:
    """Start the provider and the gateway; give what the SDK and the client call their addresses."""
    provider, gateway = (_started(*end) for end in (("provider", str(LATENCY_S)), ("gateway",)))
    try:
        yield f"{_address(provider)}/v1", _address(gateway)
    finally:
        for process in (provider, gateway):
            process.terminate()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _started(*end: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.overhead_ends", *end], stdout=subprocess.PIPE, text=True
    )


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


if __name__ == "__main__":
    main()
