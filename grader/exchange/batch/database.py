"""The one connection to the gradebook through which a batch writes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

LOCK_SECONDS = 30
"""How long to wait while another program (the formgrader) writes to an SQLite gradebook."""


def connect(url: str) -> Engine:
    """An engine whose transactions hold the write lock from their first statement on.

    SQLite would take it only with the first change, and could then refuse in the middle of a transaction.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": LOCK_SECONDS})

    @event.listens_for(engine, "connect")
    def by_hand(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # Python's driver begins transactions at its own time

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
