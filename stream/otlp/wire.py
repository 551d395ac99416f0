"""A body as an exporter sends it, cut into spans or log records: OTLP as protobuf, or as JSON.

Each raises InvalidEvent where the body as a whole cannot be read, or holds too many. A single span that
cannot be read does not take the others with it: it comes with its `problem`.
"""

from __future__ import annotations

from stream.otlp.from_json import logs as logs_of_json
from stream.otlp.from_json import spans as spans_of_json
from stream.otlp.from_protobuf import logs as logs_of_protobuf
from stream.otlp.from_protobuf import spans as spans_of_protobuf

__all__ = ["logs_of_json", "logs_of_protobuf", "spans_of_json", "spans_of_protobuf"]
