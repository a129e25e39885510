"""A test run needs no network: a connection or a look-up beyond this machine is an error.

An audit hook sees every socket of the process, whichever library opens it. It cannot be taken out
again. Children are not watched; the browser has its own rule.
"""

import ipaddress
import socket
import sys

_installed = False


class OutsideNetwork(RuntimeError):
    """A test tried to reach another machine."""


def is_here(host: object) -> bool:
    """Whether a host, as given to a socket, is this machine: loopback, localhost or its own name."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in ("", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _watch(event: str, args: tuple) -> None:
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a path is a socket of this machine
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = args[0]
    else:
        return
    if not is_here(host):
        raise OutsideNetwork(f"{event} to {host!r}: a test reaches this machine only")


def close_network() -> None:
    """Put the hook in, once a process."""
    global _installed
    if not _installed:
        sys.addaudithook(_watch)
        _installed = True
