"""The two ends of `bench.overhead`, a process each: a provider, and a gateway that takes everything.

python -m bench.overhead_ends provider SECONDS | gateway   prints its address, and answers until it is ended
"""

from __future__ import annotations

import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services import listening
from services.fake_provider.reply import Reply
from services.fake_provider.testing import FakeProvider

ANSWER = "A refund takes five working days, counted from the day on which the parcel is back. " * 12  # 1 KB


async def _taken(request: Request) -> JSONResponse:
    await request.body()
    return JSONResponse({"accepted": 1, "rejected": 0})


def main() -> None:
    """Answer as one of the ends."""
    if sys.argv[1] == "provider":
        app = FakeProvider(latency_s=float(sys.argv[2]), reply=Reply(ANSWER)).app()
    else:
        app = Starlette(routes=[Route("/v1/events", _taken, methods=["POST"])])
    with listening.bound("127.0.0.1", 0) as door:
        sys.stdout.write(listening.address(door) + "\n")
        sys.stdout.flush()
        listening.answer(app, door)


if __name__ == "__main__":
    main()
