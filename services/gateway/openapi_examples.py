"""One body for each interface that takes something, as a reader of the document would send it."""

from __future__ import annotations

from typing import Any

_TRACE, _SPAN = "0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"
_BEGAN_NS, _ENDED_NS = "1793620798000000000", "1793620799250000000"


def _attributes(**texts: str) -> list[dict[str, Any]]:
    """Return attributes in OTLP's JSON; "__" stands for a dot."""
    return [{"key": key.replace("__", "."), "value": {"stringValue": text}} for key, text in texts.items()]


_SERVICE = {"attributes": _attributes(service__name="support")}

EXAMPLES: dict[str, Any] = {
    "events": {
        "event_id": "019301b4-5c80-7a44-8d2e-6f3a0c5b9e11",
        "occurred_at": "2026-11-02T11:59:58Z",
        "provider": "openai",
        "request_model": "gpt-4o",
        "route": "support/answer",
        "prompt": "How long does a refund take?",
        "response": "Five working days.",
        "latency_ms": 1250.0,
        "usage": {"input": 812, "output": 90},
    },
    "feedback": {
        "event_id": "019301b4-5c80-7a44-8d2e-6f3a0c5b9e11",
        "kind": "thumb",
        "value": True,
        "by": "human",
        "at": "2026-11-02T11:59:59Z",
    },
    "changes": {
        "kind": "model",
        "route": "support/answer",
        "from": "gpt-4o",
        "to": "gpt-4.1",
        "by": "ana",
        "at": "2026-11-02T09:00:00Z",
    },
    "traces": {
        "resourceSpans": [
            {
                "resource": _SERVICE,
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": _TRACE,
                                "spanId": _SPAN,
                                "name": "chat gpt-4o",
                                "startTimeUnixNano": _BEGAN_NS,
                                "endTimeUnixNano": _ENDED_NS,
                                "attributes": [
                                    *_attributes(
                                        gen_ai__operation__name="chat",
                                        gen_ai__provider__name="openai",
                                        gen_ai__request__model="gpt-4o",
                                    ),
                                    {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "812"}},
                                ],
                            }
                        ]
                    }
                ],
            }
        ]
    },
    "logs": {
        "resourceLogs": [
            {
                "resource": _SERVICE,
                "scopeLogs": [
                    {
                        "logRecords": [
                            {
                                "traceId": _TRACE,
                                "spanId": _SPAN,
                                "timeUnixNano": _ENDED_NS,
                                "eventName": "gen_ai.evaluation.result",
                                "attributes": [
                                    *_attributes(gen_ai__evaluation__name="relevance"),
                                    {"key": "gen_ai.evaluation.score.value", "value": {"doubleValue": 0.9}},
                                ],
                            }
                        ]
                    }
                ],
            }
        ]
    },
}
