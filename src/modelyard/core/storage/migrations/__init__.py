"""The tables, as a sequence of alembic migrations."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from modelyard.core.common.errors import Conflict
from modelyard.core.storage.database import Database

HEAD = "0011"
"""The newest revision; a test holds it against the scripts. Knowing it spares the import of alembic."""


def revision(database: Database) -> str | None:
    """Return the revision that the database is at, None if it is empty."""
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def upgrade(database: Database, to: str = HEAD) -> None:
    """Bring the tables to a revision: all of it or nothing, by one process at a time.

    Parameters
    ----------
    to : str
        The newest revision by default; an older one only where an old backup is to be read.

    Raises
    ------
    Conflict
        If a newer Modelyard made the database.
    """
    found = revision(database)
    if found == to:
        return
    if found is not None and found > HEAD:
        raise Conflict(
            f"This workspace was made by a newer Modelyard (its tables are at {found}, this version knows {HEAD}).",
            remedy="Upgrade with: pip install --upgrade modelyard",
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    with database.write() as connection:  # the second process waits here, then finds nothing to do
        config.attributes["connection"] = connection
        command.upgrade(config, to)
