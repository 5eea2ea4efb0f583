"""Checks which host a request names, and which site it comes from.

A page of another site can make a visitor's browser send requests here. If the
site's name resolves to this machine's address (DNS rebinding), the page can
also read the answers; such requests have that name in their Host header. Other
requests from the page have its site in their Origin header.
"""

import ipaddress
import socket
import urllib.parse
from collections.abc import Iterable

from albert_tf.serving.models import errors

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_ALL = {"0.0.0.0", "::"}


class Hosts:
    """The hosts that requests may name.

    These are localhost and the address that the server listens on. If it
    listens on all addresses, they are the machine's own name and every IP
    address, since an attacker's page has a host name.

    Args:
        addresses: addresses or names that the server listens on.
        named: more hosts, without ports; "*" allows all.
    """

    def __init__(self, addresses: Iterable[str], named: Iterable[str]):
        own = {address.lower() for address in addresses}
        self._named = {name.strip("[]").lower() for name in named}
        self._any_address = bool(own & _ALL)
        if self._any_address:
            own.add(socket.gethostname().lower())
        self._own = own | _LOCAL

    def check(self, method: str, host: str | None, origin: str | None) -> None:
        """Checks a request.

        Args:
            method: its HTTP method.
            host, origin: its Host and Origin headers; None if absent.
        Raises:
            errors.Refused: 421 for a wrong host, 403 for a wrong origin.
        """
        if "*" in self._named:
            return
        # Old programs may not send Host; browsers always do.
        if host is not None and not self._is_served(_name(host)):
            allowed = ", ".join(sorted(self._own | self._named))
            if self._any_address:
                allowed += ", or an IP address"
            raise errors.Refused(
                421,
                f"The Host header must name {allowed}. Received: "
                f"{host[:100]!r}. To allow this host, start the server with "
                f"--allowed_hosts={_name(host)[:100]}.",
            )
        if origin is None or method in ("GET", "HEAD"):
            return
        _, _, of_page = origin.lower().partition("://")
        if (
            of_page != (host or "").lower()
            and _name(of_page) not in self._named
        ):
            raise errors.Refused(
                403,
                f"A {method[:20]} request must come from a page of this server "
                f"or from a program. Received: Origin {origin[:100]!r} for the "
                f"host {(host or '')[:100]!r}. To allow that site, start the "
                f"server with --allowed_hosts={_name(of_page)[:100]}.",
            )

    def _is_served(self, name: str) -> bool:
        if name in self._own or name in self._named:
            return True
        return self._any_address and _is_address(name)


def _name(host: str) -> str:
    """A host in lower case and without its port; "" if it is invalid."""
    try:
        return urllib.parse.urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
