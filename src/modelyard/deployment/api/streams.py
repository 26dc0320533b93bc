"""Records that devices send over WebSocket: kept on disk first, then acknowledged."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool

from modelyard.core.common.errors import ModelyardError

if TYPE_CHECKING:
    from modelyard.core.workspace.receiving import Receiver
    from modelyard.core.workspace.workspace import Workspace

AT_ONCE, AT_ONCE_BYTES = 20_000, 8 << 20
"""What is gathered at most before it is written; then the sender has to wait."""

GATHER_S = 0.02
FULL_S = 0.2
IDLE_S = 2.0
REFUSED = 1008


def create_stream_router(yard: Workspace) -> APIRouter:
    """Return the endpoint ``/api/streams/<name>`` of a workspace's streams of devices.

    Each message is a record, as text or bytes. With ``?ack=1`` the answer ``{"kept": n}`` says how many messages of
    this connection are on the disk; without it nothing is answered.
    """
    router = APIRouter(prefix="/api/streams")

    @router.websocket("/{name}")
    async def receive(socket: WebSocket, name: str, ack: bool = False) -> None:
        await socket.accept()
        stack = ExitStack()
        try:
            receiver = await run_in_threadpool(lambda: stack.enter_context(yard.streams.receiving(name)))
            await _receive(socket, receiver, ack)
        except WebSocketDisconnect:
            return
        except ModelyardError as error:
            with suppress(WebSocketDisconnect):  # it has gone by itself
                await socket.close(REFUSED, str(error).encode()[:120].decode(errors="ignore"))
        finally:
            stack.close()

    return router


async def _receive(socket: WebSocket, receiver: Receiver, ack: bool) -> None:
    """Gather what comes for a moment, write it, and go on; while it is written, the network and the sender wait."""
    kept, ended = 0, False
    while not ended:
        records, ended = await _gathered(socket, IDLE_S)
        await run_in_threadpool(receiver.check)
        if records:
            if not await _room(socket, receiver, records, ended):
                return
            await run_in_threadpool(receiver.write, records)
            kept += len(records)
        if records and ack and not ended:
            await socket.send_json({"kept": kept})


async def _room(socket: WebSocket, receiver: Receiver, records: list[bytes], ended: bool) -> bool:
    """Wait until more can be kept; False if the sender is gone before, which is noticed as its messages are taken."""
    while await run_in_threadpool(lambda: receiver.full):
        if ended:
            return False
        if len(records) < 2 * AT_ONCE and sum(map(len, records)) < 2 * AT_ONCE_BYTES:
            more, ended = await _gathered(socket, FULL_S)
            records += more
        await asyncio.sleep(FULL_S)
        await run_in_threadpool(receiver.check)
    return True


async def _gathered(socket: WebSocket, wait: float) -> tuple[list[bytes], bool]:
    """Return the messages of a moment, none if nothing comes for `wait` seconds, and whether the connection ended."""
    records: list[bytes] = []
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(wait) as limit:
            while len(records) < AT_ONCE and size < AT_ONCE_BYTES:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return records, True
                record = message.get("bytes") or (message.get("text") or "").encode()
                records.append(record)
                size += len(record)
                if len(records) == 1:
                    limit.reschedule(asyncio.get_running_loop().time() + GATHER_S)
    return records, False
