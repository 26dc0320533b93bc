"""Secrets at rest: encrypted in the database, by a key that is not in it.

Each value is sealed together with its name, so that a row cannot pass for another one. A copy of the database, a
backup or a dump is worth nothing without the key file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select

from modelyard.core.common.clock import Clock
from modelyard.core.common.errors import Integrity, InvalidInput, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.secret import Secret, reveal
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database
from modelyard.core.storage.failures import explained_disk
from modelyard.core.storage.tables import secrets

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

MAX_BYTES = 64 << 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LOST = "Put the key file back, or delete the secrets (`yard.secrets.delete`) and set them again."


@dataclass(frozen=True, slots=True)
class SecretInfo:
    """What may be known of a secret."""

    name: str
    set_at: datetime
    set_by: str


class SecretStore:
    """Named secrets. Safe to share between threads and processes.

    Parameters
    ----------
    database : Database
        With the tables made.
    key_file : Path
        The key; made when the first secret is set, readable by its owner alone.
    clock : Clock, optional
        The database's by default.
    """

    def __init__(self, database: Database, key_file: Path, clock: Clock | None = None) -> None:
        self._database = database
        self._key_file = key_file
        self._clock = clock or DatabaseClock(database)

    def set(self, name: str, value: str | Secret, *, actor: str) -> None:
        """Keep a secret; one with that name is replaced.

        Raises
        ------
        InvalidInput
            If the name or the value cannot be used.
        Integrity
            If the key that other secrets were encrypted with is missing or is another one.
        """
        check_secret_name(name)
        text = reveal(value) if isinstance(value, Secret) else value
        if not text or len(text.encode()) > MAX_BYTES:
            raise InvalidInput(f"The secret {name!r} cannot be empty or longer than {MAX_BYTES:,} bytes.")
        with self._database.write() as connection:  # one process at a time makes the key
            others = set(connection.execute(select(secrets.c.key_id).where(secrets.c.name != name)).scalars())
            if not others and not self._key_file.exists():
                _make_key(self._key_file)
            fernet, key_id = self._key()
            if others - {key_id}:
                raise _wrong_key(self._key_file)
            token = fernet.encrypt(json.dumps([name, text]).encode()).decode()
            connection.execute(delete(secrets).where(secrets.c.name == name))
            connection.execute(
                insert(secrets).values(
                    name=name, token=token, key_id=key_id, set_at=self._clock.now(), set_by=actor[:100]
                )
            )

    def get(self, name: str) -> Secret:
        """Return a secret, for code of the core that needs it now.

        Raises
        ------
        NotFound
            If there is none with that name.
        Integrity
            If the key is missing or is another one, or the stored bytes were changed.
        """
        with self._database.read() as connection:
            row = connection.execute(select(secrets).where(secrets.c.name == name)).first()
            if row is None:
                raise self._missing(connection)
        fernet, key_id = self._key()
        if key_id != row.key_id:
            raise _wrong_key(self._key_file)
        from cryptography.fernet import InvalidToken

        try:
            sealed_name, value = json.loads(fernet.decrypt(row.token.encode()))
        except (InvalidToken, ValueError):
            sealed_name, value = None, ""
        if sealed_name != name:
            raise Integrity(f"The secret {name!r} was changed in the database.", remedy="Set it again.") from None
        return Secret(value)

    def list(self) -> list[SecretInfo]:
        """Return what may be known of the secrets, by name."""
        query = select(secrets.c.name, secrets.c.set_at, secrets.c.set_by).order_by(secrets.c.name)
        with self._database.read() as connection:
            return [SecretInfo(*row) for row in connection.execute(query)]

    def delete(self, name: str) -> None:
        """Forget a secret, or raise `NotFound`; needs no key."""
        with self._database.write() as connection:
            if not connection.execute(delete(secrets).where(secrets.c.name == name)).rowcount:
                raise self._missing(connection)

    def check(self) -> None:
        """Raise `Integrity` unless the key that the secrets were encrypted with is there."""
        with self._database.read() as connection:
            used = set(connection.execute(select(secrets.c.key_id)).scalars())
        if used and used != {self._key()[1]}:
            raise _wrong_key(self._key_file)

    def _key(self) -> tuple[Fernet, str]:
        from cryptography.fernet import Fernet

        try:
            key = self._key_file.read_bytes().strip()
            return Fernet(key), hashlib.sha256(key).hexdigest()[:16]
        except FileNotFoundError:
            raise Integrity("The key of the secrets is missing.", where=str(self._key_file), remedy=_LOST) from None
        except ValueError:  # never chained: its text may show the key
            raise Integrity(
                "This file holds no key of secrets.", where=str(self._key_file), remedy="Put the key file back."
            ) from None
        except OSError as error:
            raise Integrity(
                f"The key of the secrets cannot be read: {error.strerror}.", where=str(self._key_file)
            ) from error

    def _missing(self, connection: Connection) -> NotFound:
        names = list(connection.execute(select(secrets.c.name).order_by(secrets.c.name)).scalars())
        remedy = None if names else "No secret was set yet."
        # the name is not repeated: somebody may have given the value
        return NotFound("There is no secret of that name.", possible=names or None, remedy=remedy)


def check_secret_name(name: str) -> None:
    """Raise `InvalidInput` unless `name` can name a secret.

    Examples
    --------
    >>> check_secret_name("warehouse password")
    Traceback (most recent call last):
    ...
    modelyard.core.common.errors.InvalidInput: A secret cannot have this name. Use 1 to 100 letters, digits, '.', ...
    """
    if not _NAME.fullmatch(name):  # not shown: somebody may have swapped name and value
        raise InvalidInput("A secret cannot have this name.", remedy="Use 1 to 100 letters, digits, '.', '_' and '-'.")


def _wrong_key(path: Path) -> Integrity:
    return Integrity("The secrets were encrypted with another key.", where=str(path), remedy=_LOST)


def _make_key(path: Path) -> None:
    from cryptography.fernet import Fernet

    with explained_disk(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(new_id(path.name))
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # fails where a key has appeared, in place of replacing it
        finally:
            temporary.unlink()
