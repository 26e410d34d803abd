"""Settings of the console proxy: its environment."""

import os
from dataclasses import dataclass


class SettingsError(Exception):
    """What is wrong with the environment, for whoever set it."""


@dataclass(frozen=True)
class Settings:
    address: str
    port: int
    # The nodes of the inventory whose libvirt this is.
    nodes: frozenset
    libvirt_uri: str
    web: str
    sessions_limit: int
    session_seconds: int
    redis_host: str
    redis_port: int
    redis_password: str
    redis_timeout_ms: int


# Name, fallback (None: must be set), smallest and largest number, what it is.
TABLE = [
    ("CONSOLE_ADDRESS", "127.0.0.1", None, "where it listens; TLS is a proxy's in front"),
    ("CONSOLE_PORT", "6080", (1, 65535), "port"),
    ("CONSOLE_NODES", None, None, "names of the nodes it serves, with blanks between"),
    ("CONSOLE_LIBVIRT_URI", "qemu:///system", None, "their libvirt, on this machine"),
    ("CONSOLE_WEB", "/usr/share/novnc", None, "noVNC's files"),
    ("CONSOLE_SESSIONS_LIMIT", "256", (1, 10000), "connections at once, those for files too"),
    ("CONSOLE_SESSION_SECONDS", "14400", (1, 604800), "longest session"),
    ("REDIS_HOST", "127.0.0.1", None, "the gateways' Redis"),
    ("REDIS_PORT", "6379", (1, 65535), "its port"),
    ("REDIS_PASSWORD", "", None, "its password; empty: none"),
    ("REDIS_TIMEOUT_MS", "500", (1, 60000), "longest wait for Redis"),
]


def describe():
    """The table, a line each, for --help."""
    return [f"{name:<24} {'(must be set)' if fallback is None else fallback:<18} {text}"
            for name, fallback, _, text in TABLE]  # fmt: skip


def _read(environment):
    for name, fallback, bounds, _ in TABLE:
        text = environment.get(name, fallback)
        if text is None or (name == "CONSOLE_NODES" and not text.split()):
            raise SettingsError(f"configuration: {name} is missing")
        if bounds is None:
            yield text
        elif text.isascii() and text.isdigit() and bounds[0] <= int(text) <= bounds[1]:
            yield int(text)
        else:
            raise SettingsError(f"configuration: {name} must be {bounds[0]} … {bounds[1]}")


def read_settings(environment):
    """SettingsError: the first thing that is wrong."""
    address, port, nodes, *others = _read(environment)
    settings = Settings(address, port, frozenset(nodes.split()), *others)
    if not os.path.isfile(os.path.join(settings.web, "vnc.html")):
        raise SettingsError(f"configuration: CONSOLE_WEB ({settings.web}) has no vnc.html")
    return settings
