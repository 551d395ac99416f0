"""`fmwatch worker gateway`: events over HTTP into Kafka."""

from __future__ import annotations

from starlette.applications import Starlette

from services import listening
from services.access.door import door
from services.address import HOST, Address
from services.config import Config
from services.gateway.http import Gateway
from services.gateway.kafka_backlog import KafkaBacklog
from services.gateway.receipts import Receipts
from services.metrics_endpoint import MetricsEndpoint
from services.wall import now
from services.wiring import border, brokers, check_built
from services.worker import logs
from stream.kafka_group import KafkaGroup
from stream.kafka_log import KafkaLog
from stream.kafka_topics import present
from stream.meter import Meter
from stream.topics import INGEST
from stream.worker import GROUP

PORT = 8765
SEND_S = (
    4.0  # how long the brokers may take: a sender is answered well within its own patience of ten seconds
)


def serve(config: Config, host: str = HOST, port: int = PORT, metrics: Address | None = None) -> None:
    """Take events in until SIGTERM or SIGINT; what is in hand then is answered first.

    Parameters
    ----------
    metrics : where Prometheus reads; None is the usual place, or a free port

    Raises
    ------
    ConfigError : the configuration names no Kafka, or others could connect without a token
    PortTaken : somebody listens at the port already
    LogError : no broker answers at the start, or a topic is missing
    """
    check_built(config)
    at = brokers(config)
    entrance = door(config, host)
    logs.to_stderr()
    meter = Meter("gateway")
    with listening.bound(host, port) as socket, MetricsEndpoint(meter, metrics):
        present(at, INGEST)
        with (
            KafkaLog(at, send_s=SEND_S) as log,
            KafkaGroup(at, GROUP, INGEST) as group,
            KafkaBacklog(group, log, now) as backlog,
            Receipts(log, now) as receipts,
        ):
            gateway = Gateway(
                log, border(config), now, entrance=entrance, backlog=backlog, meter=meter, receipts=receipts
            )
            app = Starlette(routes=gateway.routes())
            listening.answer(app, socket, "gateway")
