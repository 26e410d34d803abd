"""Links to screens, each good once: what a token leads to, and that it leads there only once."""

import hashlib
import json
import re
from dataclasses import dataclass

import redis

TOKEN_SHAPE = re.compile(r"[0-9a-f]{64}")


class RefusedError(Exception):
    """No screen; the text is for the log and has no secret in it."""

    def __init__(self, status, reason, vps_id=0):
        super().__init__(reason)
        self.status = status
        self.vps_id = vps_id


@dataclass(frozen=True)
class Target:
    """The machine that a link was made for."""

    vps_id: int
    # "": not known to billing.
    machine_uuid: str
    node: str


def key_of(token):
    return "console:" + hashlib.sha256(token.encode()).hexdigest()


def _parse(stored):
    try:
        target = Target(**json.loads(stored))
    except (ValueError, TypeError):
        raise RefusedError(502, "Redis has something else under this link") from None
    if type(target.vps_id) is not int or not isinstance(target.machine_uuid, str):
        raise RefusedError(502, "Redis has something else under this link")
    return target


class Links:
    """Asks Redis anew for each token, for each one comes in a process of its own."""

    def __init__(self, settings):
        self._nodes = settings.nodes
        self._redis = {
            "host": settings.redis_host,
            "port": settings.redis_port,
            "password": settings.redis_password or None,
            "socket_timeout": settings.redis_timeout_ms / 1000,
            "socket_connect_timeout": settings.redis_timeout_ms / 1000,
        }

    def _take_stored(self, token):
        try:
            with redis.Redis(**self._redis) as client:
                return client.getdel(key_of(token))
        except redis.RedisError as error:
            raise RefusedError(503, f"Redis does not answer: {type(error).__name__}") from None

    def take(self, token):
        """The target, which no later call for the token gets. RefusedError."""
        if token is None or not TOKEN_SHAPE.fullmatch(token):
            raise RefusedError(403, "not a link")
        stored = self._take_stored(token)
        if stored is None:
            raise RefusedError(403, "unknown, used or expired link")
        target = _parse(stored)
        if target.node not in self._nodes:
            raise RefusedError(403, f"the link is for node {target.node}", target.vps_id)
        return target
