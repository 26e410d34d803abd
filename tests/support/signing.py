"""Signed requests as docs/signing.md has them, written from that page and not from the gateway."""

import hashlib
import hmac
import time

import httpx


def derive(master_secret, key_id):
    """The signing secret of a key, without libsodium: crypto_kdf is BLAKE2b."""
    return hashlib.blake2b(
        digest_size=32,
        key=bytes.fromhex(master_secret),
        salt=key_id.to_bytes(8, "little") + bytes(8),
        person=b"SlipSign" + bytes(8),
    ).hexdigest()


def string_to_sign(timestamp, method, target, body=b""):
    return f"{timestamp}\n{method}\n{target}\n{hashlib.sha256(body).hexdigest()}"


def sign(secret, timestamp, method, target, body=b""):
    """The value of X-Signature."""
    text = string_to_sign(timestamp, method, target, body)
    return "v1=" + hmac.new(bytes.fromhex(secret), text.encode(), "sha256").hexdigest()


class Signed(httpx.Auth):
    """Signs what httpx is about to send; `skew` seconds from now."""

    requires_request_body = True

    def __init__(self, secret, skew=0):
        self.secret = secret
        self.skew = skew

    def auth_flow(self, request):
        timestamp = str(int(time.time()) + self.skew)
        target = request.url.raw_path.decode()
        request.headers["X-Timestamp"] = timestamp
        request.headers["X-Signature"] = sign(
            self.secret, timestamp, request.method, target, request.content
        )
        yield request
