"""OpenTelemetry in: what an exporter sends, as events of the contract. Pure: no network, no clock."""
