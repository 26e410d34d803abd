"""The consumers of docs/events.md, built and run as they stand there."""

import os
import queue
import subprocess
import sys
import threading
import time
import uuid

import pytest
from events import Reader
from stack import ROOT

FOLDER = ROOT / "examples/events"
PATIENCE_S = 30


class Consumer:
    """One of them while it runs; its lines."""

    def __init__(self, command, group, *offsets):
        work = os.environ.get("SLIPWAY_TEST_DIR", str(ROOT / ".test"))
        self.process = subprocess.Popen(
            [*command, group, *offsets],
            env={**os.environ, "PYTHONPATH": f"{work}/proto"},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.coming = queue.Queue()
        self.lines = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            self.coming.put(line.rstrip("\n"))

    def until(self, beginning):
        """The lines so far, once one begins so."""
        deadline = time.monotonic() + PATIENCE_S
        while not any(line.startswith(beginning) for line in self.lines):
            left = deadline - time.monotonic()
            assert left > 0, (beginning, self.lines[-10:])
            self.lines.append(self.coming.get(timeout=left))
        return self.lines

    def stop(self):
        self.process.terminate()
        assert self.process.wait(PATIENCE_S) == 0


@pytest.fixture(scope="module")
def go_binary(tmp_path_factory):
    path = tmp_path_factory.mktemp("go") / "consumer"
    subprocess.run([FOLDER / "go/build", path], check=True, timeout=600)
    return str(path)


@pytest.fixture(params=["c", "python", "go"])
def command(request, stack):
    """How a consumer is started, but for its group."""
    if request.param == "c":
        return [str(stack.build / "examples/events/slipway-events-example"), stack.brokers()]
    if request.param == "python":
        return [sys.executable, str(FOLDER / "consumer.py"), stack.brokers()]
    return [request.getfixturevalue("go_binary"), stack.brokers()]


def bought(user):
    """The beginning of the last line about a purchase."""
    batch_id = user.buy().json()["batch_id"]
    user.batch(batch_id)
    return f"hosting.checkout.completed.v1 {batch_id} {user.id} "


def test_a_consumer_prints_each_event_once_and_goes_on_where_it_ended(command, user):
    group = str(uuid.uuid4())
    first = bought(user)
    consumer = Consumer(command, group)
    lines = [line for line in consumer.until(first) if line.split()[2] == str(user.id)]
    consumer.stop()
    kinds = [line.split()[0].removeprefix("hosting.").removesuffix(".v1") for line in lines]
    assert kinds == [
        "balance.adjusted",
        "key.issued",
        "checkout.accepted",
        "vps.building",
        "vps.active",
        "checkout.completed",
    ]
    assert "502" in lines[2]  # what was charged, from the message's data
    second = bought(user)
    consumer = Consumer(command, group)
    again = consumer.until(second)
    consumer.stop()
    assert not any(line.startswith(first) for line in again)


def test_a_consumer_reads_again_from_an_offset(stack, user):
    last = bought(user)
    reader = Reader(stack.brokers())
    told = reader.of(user.id, until="hosting.checkout.completed.v1")
    reader.close()
    (begin,) = [event for event in told if event.type == "hosting.vps.active.v1"]
    command = [sys.executable, str(FOLDER / "consumer.py"), stack.brokers()]
    consumer = Consumer(command, str(uuid.uuid4()), f"{begin.partition}:{begin.offset}")
    lines = [line for line in consumer.until(last) if line.split()[2] == str(user.id)]
    consumer.stop()
    assert [line.split()[0] for line in lines] == [
        "hosting.vps.active.v1",
        "hosting.checkout.completed.v1",
    ]
