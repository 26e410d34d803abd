"""Fixtures of the end-to-end tests: the stack, users, and a ledger to compare before and after."""

import contextlib
import os
import subprocess
import time

import httpx
import pytest
from events import Events
from stack import Stack, User
from webhook_sink import Sink
from webhooks import QUICK

# What a request that was refused must leave as it was.
MONEY = """
    SELECT (SELECT count(*) FROM billing.transfers WHERE user_id = ANY(%(users)s)),
           (SELECT sum(balance_cents) FROM billing.accounts WHERE id = ANY(%(users)s)),
           (SELECT count(*) FROM billing.vps WHERE user_id = ANY(%(users)s)),
           (SELECT count(*) FROM billing.batches WHERE user_id = ANY(%(users)s))
"""


@pytest.fixture(scope="session")
def stack():
    return Stack()


@pytest.fixture(scope="session")
def database(stack):
    with stack.database() as connection:
        yield connection


@pytest.fixture(scope="session")
def operator(stack):
    with stack.operator() as client:
        yield client


@pytest.fixture
def user(stack):
    made = User(stack)
    yield made
    made.client.close()


@pytest.fixture(scope="session")
def buyer(stack):
    """A funded user that refused requests are tried on; nothing of it may change."""
    made = User(stack)
    yield made
    made.client.close()


@pytest.fixture
def other(stack):
    made = User(stack)
    yield made
    made.client.close()


@pytest.fixture
def money(database):
    """money(user_id…): what those users have, own and were charged."""

    def look(*users):
        return database.execute(MONEY, {"users": list(users)}).fetchone()

    return look


@pytest.fixture
def unmoved(money):
    """A block that must move no money and make no server."""

    @contextlib.contextmanager
    def block(*users):
        before = money(*users)
        yield
        assert money(*users) == before

    return block


@pytest.fixture(scope="session")
def gateway_with(stack):
    """A second gateway beside the stack's own, with other settings: its address."""
    running = []
    base = int(os.environ.get("SLIPWAY_PORT_BASE", "7100")) + 60

    def start(**settings):
        port = base + 2 * len(running)
        environment = {
            **os.environ,
            **stack.settings("gateway"),
            "GATEWAY_PORT": str(port),
            "GATEWAY_ADMIN_PORT": str(port + 1),
            **settings,
        }
        with open(stack.run_dir / "log" / f"gateway-{port}.log", "w") as log:
            binary = stack.build / "services/gateway/slipway-gateway"
            running.append(subprocess.Popen([binary], env=environment, stdout=log, stderr=log))
        await_ready(f"http://127.0.0.1:{port + 1}/readyz")
        return f"http://127.0.0.1:{port}"

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(20)


@pytest.fixture(scope="module")
def quick_notifier(stack):
    stack.run("restart", "notifier", **QUICK)
    yield
    stack.run("restart", "notifier")


@pytest.fixture
def notifier_with(stack):
    """Restarts the notifier with other settings, and as it was at the end."""
    yield lambda **settings: stack.run("restart", "notifier", **{**QUICK, **settings})
    stack.run("restart", "notifier", **QUICK)


@pytest.fixture(scope="session")
def events(stack):
    return Events(stack.brokers())


@pytest.fixture
def sink_with():
    """sink_with(answer): a server of a reseller's."""
    running = []

    def start(answer=None, **options):
        running.append(Sink(answer, **options))
        return running[-1]

    yield start
    for sink in running:
        sink.close()


@pytest.fixture
def sink(sink_with):
    return sink_with()


def await_ready(url):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url).status_code == 200:
                return
        time.sleep(0.05)
    raise TimeoutError(url)
