"""A running copy of Slipway, as ./run started it: where it is, and what tests do to it."""

import contextlib
import copy
import json
import os
import pathlib
import secrets
import subprocess
import time

import httpx
import psycopg
import redis

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = "/hosting/api/v1"
PURCHASE = {
    "plan_code": "vps-1",
    "location_code": "de",
    "os_code": "debian-12",
    "period_months": 1,
}
PURCHASE_CENTS = 502


def new_key():
    """A fresh Idempotency-Key."""
    return {"Idempotency-Key": "test-" + secrets.token_hex(12)}


def cents(text):
    """'-28.61' → -2861, without a float."""
    sign = -1 if text.startswith("-") else 1
    whole, fraction = text.lstrip("-").split(".")
    return sign * (int(whole) * 100 + int(fraction))


def check(answer, status, code):
    """A problem as RFC 9457 has it, with all members the contract names."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["type"] == f"{API}/docs/errors#{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return body


class Stack:
    """Found by SLIPWAY_RUN_DIR and the other variables of ./run."""

    def __init__(self, environment=None):
        self.environment = {**os.environ, **(environment or {})}
        # When set, every answer to a client below is held against it.
        self.contract = None
        self.run_dir = pathlib.Path(self.environment.get("SLIPWAY_RUN_DIR", ROOT / ".run"))
        self.build = pathlib.Path(self.environment.get("SLIPWAY_BUILD", ROOT / "build/release"))

    def run(self, *arguments, **environment):
        """./run with these words; its output. Fails when it does."""
        ran = subprocess.run(
            [ROOT / "run", *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=600,
        )
        if ran.returncode != 0:
            raise RuntimeError(f"./run {' '.join(arguments)}: {ran.stdout}{ran.stderr}")
        return ran.stdout

    def pid_files(self, pattern):
        return sorted((self.run_dir / "pid").glob(pattern))

    def settings(self, service):
        """The environment that ./run gives a service."""
        lines = self.run("settings", service).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def facts(self):
        """.run/env."""
        lines = (self.run_dir / "env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def client(self, key=None, url=None):
        """HTTP below the base path, with a key or without."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = url or self.facts()["SLIPWAY_URL"]
        hooks = {"response": [self.check_answer] if self.contract else []}
        return httpx.Client(base_url=url + API, headers=headers, timeout=40, event_hooks=hooks)

    def check_answer(self, answer):
        path = answer.request.url.path.removeprefix(API)
        if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
            return
        answer.read()
        found = self.contract.complaints(answer.request.method, path, answer)
        assert not found, f"{answer.request.method} {path} → {answer.status_code}: {found}"

    def operator(self):
        return self.client(self.facts()["SLIPWAY_OPERATOR_KEY"])

    def database(self):
        return psycopg.connect(self.settings("billing")["BILLING_DATABASE"], autocommit=True)

    def redis(self):
        settings = self.settings("gateway")
        return redis.Redis(
            port=int(settings["REDIS_PORT"]),
            password=settings["REDIS_PASSWORD"],
            decode_responses=True,
        )

    def brokers(self):
        return self.settings("billing")["KAFKA_BROKERS"]

    def load_catalog(self, path):
        self.run("billing", "load-catalog", str(path))

    @contextlib.contextmanager
    def catalog_with(self, change, folder):
        """The seeded catalog, changed by a function while the block runs."""
        seeded = ROOT / "deploy/local/catalog.json"
        catalog = json.loads(seeded.read_text())
        changed = copy.deepcopy(catalog)
        change(changed)
        path = folder / "catalog.json"
        path.write_text(json.dumps(changed))
        self.load_catalog(path)
        try:
            yield
        finally:
            self.load_catalog(seeded)


class User:
    """A user with a wallet and a key of its own."""

    def __init__(
        self, stack, funds="1000.00", scopes=("vps:read", "vps:write", "vps:buy"), **named
    ):
        with stack.operator() as operator:
            made = operator.post("/admin/users", json={"name": "tested", **named})
            made.raise_for_status()
            self.id = made.json()["id"]
            if cents(funds):
                body = {"amount_usd": funds, "reason": "test"}
                path = f"/admin/users/{self.id}/balance"
                operator.post(path, json=body, headers=new_key()).raise_for_status()
            body = {
                "role": "reseller",
                "user_id": self.id,
                "name": "tested",
                "scopes": list(scopes),
            }
            made = operator.post("/admin/keys", json=body)
            made.raise_for_status()
        self.key = made.json()["key"]
        self.signing_secret = made.json()["signing_secret"]
        self.key_id = made.json()["id"]
        self.client = stack.client(self.key)

    def balance(self):
        return cents(self.client.get(f"/users/{self.id}/balance").json()["balance_usd"])

    def buy(self, key=None, **changes):
        return self.client.post("/vps", json={**PURCHASE, **changes}, headers=key or new_key())

    def batch(self, batch_id, wait=20):
        """The batch once it has ended."""
        deadline = time.monotonic() + wait
        while True:
            path = f"/batches/{batch_id}"
            answer = self.client.get(path, headers={"Prefer": f"wait={wait}"})
            assert answer.status_code == 200, answer.text
            body = answer.json()
            if body["status"] not in ("pending", "running") or time.monotonic() > deadline:
                return body
