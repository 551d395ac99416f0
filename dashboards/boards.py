"""All dashboards, in the order in which a reader meets them."""

from __future__ import annotations

from dashboards import advisor, drift, fleet, incidents, model, pipeline, quality, spend

BOARDS = (
    fleet.BOARD,
    model.BOARD,
    quality.BOARD,
    drift.BOARD,
    spend.BOARD,
    incidents.BOARD,
    advisor.BOARD,
    pipeline.BOARD,
)
