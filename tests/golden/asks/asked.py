"""What a driver is told: one scenario, as JSON in its first argument."""

import json
import sys
from types import SimpleNamespace

SCENARIO = SimpleNamespace(**json.loads(sys.argv[1]))
MESSAGES = [{"role": "system", "content": SCENARIO.system}, {"role": "user", "content": SCENARIO.prompt}]
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}


def weather(city: str) -> str:
    """Tell the weather in a city.

    Args:
        city: its name
    """
    return f"Rain in {city}."
