"""Put on the path of a process: refuses it the network, and writes down that it asked.

An attempt that fails quietly is still an attempt, so the record is what counts.
"""

import os
import sys
from pathlib import Path
from typing import Any

RECORD = os.environ.get("NETWORK_RECORD", "")
LOCAL = ("127.0.0.1", "::1", "localhost")


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    match event:
        case "socket.connect" | "socket.sendto" | "socket.sendmsg":
            address = arguments[1]
        case "socket.getaddrinfo" | "socket.gethostbyname":
            address = arguments
        case _:
            return
    # The name of a socket between processes of one machine is a string or bytes.
    if isinstance(address, tuple) and address and address[0] not in (*LOCAL, None):
        with Path(RECORD).open("a", encoding="utf-8") as record:
            record.write(f"{event} {address}\n")
        raise OSError(f"the network is cut: {event} {address}")


if RECORD:
    sys.addaudithook(refuse)
