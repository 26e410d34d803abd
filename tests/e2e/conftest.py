"""Fixtures of the end-to-end tests: the stack, users, and a ledger to compare before and after."""

import contextlib
import os
import signal
import subprocess
import time

import httpx
import pytest
from contract import Contract
from deposits import SCOPES, Standins
from event_writer import Events
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
    found = Stack()
    with found.client() as client:
        found.contract = Contract(client.get("/openapi.json").json())
    return found


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
def payer(stack):
    """A user with an empty wallet who may pay money in."""
    made = User(stack, funds="0.00", scopes=SCOPES)
    yield made
    made.client.close()


@pytest.fixture(scope="session")
def standins(stack):
    return Standins(stack)


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


@pytest.fixture
def vps(user):
    """An active server of the user's: its id."""
    return user.batch(user.buy(plan_code="vps-2").json()["batch_id"])["items"][0]["vps_id"]


@pytest.fixture
def virsh(stack):
    """virsh(word…) on the node that all machines stand on: what it prints."""
    uri = f"test+unix:///default?socket={stack.run_dir}/libvirt/libvirt-sock"

    def run(*words):
        ran = subprocess.run(
            ["virsh", "-q", "-c", uri, *words],
            check=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return ran.stdout

    return run


@pytest.fixture
def unpaid(money):
    """A block that must move no money and make no server; batches it may make."""

    @contextlib.contextmanager
    def block(user_id):
        before = money(user_id)[:3]
        yield
        assert money(user_id)[:3] == before

    return block


@pytest.fixture
def held_workers(stack):
    """A block in which no worker of location de does anything; they go on after it."""

    @contextlib.contextmanager
    def block():
        pids = [int(path.read_text().split()[0]) for path in stack.pid_files("provisioner-de-*")]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    return block()


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


@pytest.fixture(scope="session")
def gateways(stack, gateway_with):
    """The stack's own gateway and two that learn of changes from Redis alone."""
    return [stack.facts()["SLIPWAY_URL"], gateway_with(), gateway_with()]


@pytest.fixture
def billing_with(stack, gateway_with):
    """A second billing beside the stack's own, with other settings, while the test runs: the
    address of a gateway before it."""
    running = []
    port = int(os.environ.get("SLIPWAY_PORT_BASE", "7100")) + 90

    def start(**settings):
        environment = {
            **os.environ,
            **stack.settings("billing"),
            "BILLING_PORT": str(port),
            "BILLING_ADMIN_PORT": str(port + 1),
            # Else Kafka would take it for the stack's own, and shut that one out.
            "BILLING_INSTANCE": f"billing-{port}",
            **settings,
        }
        with open(stack.run_dir / "log" / f"billing-{port}.log", "a") as log:
            binary = stack.build / "services/billing/slipway-billing"
            running.append(subprocess.Popen([binary], env=environment, stdout=log, stderr=log))
        await_ready(f"http://127.0.0.1:{port + 1}/readyz")
        return gateway_with(BILLING_URL=f"http://127.0.0.1:{port}")

    yield start
    for process in running:
        process.terminate()
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
