"""Which model was asked for, and which served: many a library has one attribute for both."""

from __future__ import annotations

from stream.otlp.names import EITHER_MODEL, REQUEST_OBJECTS, TEXTS, Names
from stream.otlp.span import Attributes
from stream.otlp.values import first, from_json, json_object, text

_IN_REQUEST = ("model", "model_name")


def models(attributes: Attributes) -> tuple[str, str]:
    """Return the model that was asked for, and the one that served; "" where nobody says.

    One name for both is overwritten with who served once there is an answer; what was asked for then still
    stands in the parameters of the request.

    >>> models({"llm.model_name": "gpt-4o-2024-08-06", "llm.invocation_parameters": '{"model": "gpt-4o"}'})
    ('gpt-4o', 'gpt-4o-2024-08-06')
    """
    asked = _name(attributes, TEXTS["request_model"])
    served = _name(attributes, TEXTS["response_model"])
    if asked and served:
        return asked, served
    either = _name(attributes, EITHER_MODEL)
    asked = asked or _requested(attributes)
    if not served and asked and either != asked:
        served = either
    return asked or either or served, served


def _name(attributes: Attributes, names: Names) -> str:
    found = first(attributes, names)
    return text(from_json(found)) if found is not None else ""


def _requested(attributes: Attributes) -> str:
    if "mlflow.spanType" in attributes and (named := _name(attributes, ("model",))):
        return named
    for name in REQUEST_OBJECTS:
        if named := text(first(json_object(attributes.get(name)), _IN_REQUEST)):
            return named
    return ""
