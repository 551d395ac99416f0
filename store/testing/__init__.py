"""For tests: an emptied store on the real engine, and a store that several processes use at once.

`served` is a test tool and never a feature of the product: one process owns chDB and answers in the HTTP
protocol of ClickHouse, on the loopback and without a password, and does wrong what a test tells it to. The
statements, types and bytes are those of the real engine, and so are the rights of the one user that every
sender is. What it cannot prove is what chDB lacks: passwords, replication, clusters, asynchronous inserts,
sessions, and the newer revisions of the Native format that a server speaks when it is asked to.
"""

from __future__ import annotations

from store.testing.emptied import empty
from store.testing.faults import Kind
from store.testing.served import ServedStore, served

__all__ = ["Kind", "ServedStore", "empty", "served"]
