"""The list of writes that a person must look after, and the person's word on one: what nobody else could find out."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.adapters.postgres.crypto import Cipher
from agent.adapters.postgres.database import Connection, Database
from agent.adapters.postgres.outbox import CHANNEL, seal_result
from agent.values.work import ToolResult, ToolStatus


class NotListed(RuntimeError):
    """There is nothing for a person to say of that key, or not just now."""


@dataclass(frozen=True, slots=True)
class ListedAction:
    """One write on the list. ``status`` as in the view's comment; ``arguments`` say who is to be called about what."""

    tenant: str
    key: str
    name: str
    status: str
    arguments: dict[str, Any]
    requested_at: datetime
    attempts: int
    asks: int


class PeoplesList:
    """The view ``actions_for_people``, opened. Close it."""

    def __init__(self, dsn: str, cipher: Cipher) -> None:
        self._database = Database(dsn, size=1)
        self._cipher = cipher

    async def close(self) -> None:
        """Close the connection. Idempotent."""
        await self._database.close()

    async def all(self) -> list[ListedAction]:
        """The list, the oldest first. Raises DatabaseDown, KeyTrouble."""
        return [self._listed(row) for row in await self._database.rows("for_people")]

    async def settle(self, key: str, is_done: bool, note: str) -> None:
        """A person found out whether it happened: from now on that is the result. Raises NotListed, DatabaseDown."""
        result = ToolResult(ToolStatus.DONE, {"told_by_person": note})
        if not is_done:
            result = ToolResult(
                ToolStatus.FAILED, {}, f"a person: {note}" if note else "a person looked: it did not happen"
            )

        async def store(connection: Connection) -> bool:
            sql = self._database.sql
            row = await (await connection.execute(sql["action_for_person"], {"key": key})).fetchone()
            if row is None:
                return False
            values = {**row, "status": result.status, "result": seal_result(self._cipher, key, result)}
            if (await connection.execute(sql["settle_by_person"], values)).rowcount == 0:
                raise NotListed(f"{key} is being sent just now")
            await connection.execute(sql["tell_again"], row)
            await connection.execute(sql["notify_waiting"], {**row, "channel": CHANNEL})
            return True

        if not await self._database.run(store):
            raise NotListed(f"{key!r} is not on the list")

    def _listed(self, row: dict[str, Any]) -> ListedAction:
        place = f"actions.arguments_sealed:{row['key']}"
        arguments = json.loads(self._cipher.open(row["arguments_sealed"], place))
        known = {name: row[name] for name in ("tenant", "key", "name", "status", "requested_at", "asks")}
        return ListedAction(**known, arguments=arguments, attempts=row["attempt"])
