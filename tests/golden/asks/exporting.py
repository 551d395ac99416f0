"""A tracer and a logger that export over HTTP as the environment says; for who brings none of its own."""

from opentelemetry import _logs, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

TRACES = TracerProvider()
LOGS = LoggerProvider()


def begin() -> None:
    """Make them the ones that everybody in the process finds."""
    TRACES.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    LOGS.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    trace.set_tracer_provider(TRACES)
    _logs.set_logger_provider(LOGS)


def end() -> None:
    """Send what is waiting."""
    TRACES.shutdown()
    LOGS.shutdown()
