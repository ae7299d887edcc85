"""Requests of the gateway: nginx tells of each in a datagram, as syslog has it, and each becomes a line."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Access(asyncio.DatagramProtocol):
    """Reads what nginx tells."""

    def __init__(self, told: Callable[[dict[str, Any]], None]) -> None:
        self._told = told

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """One request; a datagram that is cut or is none is passed over."""
        text = data.decode("utf-8", "replace")
        start = text.find("{")
        try:
            found = json.loads(text[start:]) if start >= 0 else None
        except ValueError:
            return
        if isinstance(found, dict):
            self._told(found)


async def listen(path: Path, told: Callable[[dict[str, Any]], None]) -> asyncio.DatagramTransport:
    """Listens on a socket of the run's folder."""
    path.unlink(missing_ok=True)
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    channel.setblocking(False)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    channel.bind(str(path))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Access(told), sock=channel)
    return transport
