"""The first thing to do about each signal; the runbook has the rest."""

from __future__ import annotations

from collections.abc import Mapping

FIRST_STEPS: Mapping[str, str] = {
    "error": "Look at the provider's status page; move the routes elsewhere while it lasts.",
    "latency": "See whether tokens per call rose too; if not, try another region or deployment.",
    "hallucination": "Compare the examples with their context; take back the last prompt or index change.",
    "toxicity": "Stop the route or put a filter in front of people, then see what it was asked.",
    "lifecycle": "Test the replacement before that day, on redacted prompts of this route.",
    "model_changed": "Ask for the dated model by name until the new one is tested.",
    "unpriced": "Add the price under `prices` in fmwatch.yaml, or find out who uses this model.",
    "completeness": "See which team and minute in v_completeness; look at the gateway and the dead letters.",
    "residency": "Point the calls back, then find out what was sent meanwhile.",
    "spend": "Look at tokens per call and at what was deployed just before.",
    "tokens": "Look at what was added to the prompt, or cut from it.",
    "ttft": "Look at the length of the prompts, then ask the provider.",
    "refusal": "Read what was refused, and tell the model what it may answer.",
    "privacy": "Rotate a secret first; then see whether answers give away what their prompts did not have.",
    "truncated": "Compare `max_tokens` with the tokens of answers; see whether the model thinks more now.",
    "prompt_drift": "Decide whether this route should serve the new questions.",
    "response_drift": "Read ten of the new answers beside ten old ones.",
    "silence": "See whether the application still runs and still sends; then the gateway.",
    "budget": "See which cause grew: calls, tokens, price or model; slow down or raise the budget.",
    "delivery": "See what the receiver answers: `fmwatch rules test-fire`; correct its part of fmwatch.yaml.",
    "detector_coverage": "See in the note why: no context, empty answers, or workers that do not run it.",
    "detector_changed": "See whether the update was meant; finish it, and compare no numbers across it.",
    "detector_lag": "See whether the judge answers, and whether its own budget is used up.",
}
