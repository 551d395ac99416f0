"""Tests of OpenTelemetry's spans as events."""
