"""Tests of erasing a person or a tenant."""
