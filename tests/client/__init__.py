"""Tests of the client, from outside its package."""
