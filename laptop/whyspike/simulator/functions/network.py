"""Names of the public internet as a function of the simulation sees them: those of the receivers
lead to this machine, and no other name below .example leads anywhere. As a program: the Lambda
runtime client in a process that sees them so.

A deployed function looks a name up and calls the public address that it finds; here it does the
same, and nothing in its code knows of it.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
from typing import Any

HOSTS = "SIMULATED_HOSTS"  # {"port": of this machine, "names": {name: address}}
# Of the blocks that swallow stray queries (RFC 7535): public by its number, and nobody's.
PUBLIC_ADDRESS = "192.31.196.1"

_find, _connect = socket.getaddrinfo, socket.create_connection


def hosts(port: int, names: dict[str, str]) -> dict[str, str]:
    """The variable of a function's environment."""
    return {HOSTS: json.dumps({"port": port, "names": names})}


def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
    """In the place of socket.getaddrinfo."""
    name = host.decode() if isinstance(host, bytes) else str(host)
    address = _known()["names"].get(name)
    if address:
        place = (address, int(port or 0))
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)]
    if name.endswith(".example"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return _find(host, port, *args, **options)


def create_connection(address: Any, *args: Any, **options: Any) -> socket.socket:
    """In the place of socket.create_connection."""
    here = ("127.0.0.1", _known()["port"]) if address[0] == PUBLIC_ADDRESS else address
    return _connect(here, *args, **options)


def _known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(os.environ.get(HOSTS, '{"port": 0, "names": {}}'))
    return found


if __name__ == "__main__":
    socket.getaddrinfo, socket.create_connection = getaddrinfo, create_connection
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
