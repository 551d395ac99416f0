"""When the models in use stop: kept as it was told, so that a calendar follows every date that moves."""
