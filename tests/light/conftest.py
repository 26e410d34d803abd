"""Fixtures of the tests on light machines: the stack of ./run --light, and servers in it."""

import itertools

import pytest
from guest import Guest, Node
from stack import Stack, User, new_key

LOCATIONS = ("de", "nl", "us")
COUNT = 20


@pytest.fixture(scope="session")
def stack():
    return Stack()


@pytest.fixture(scope="session")
def node(stack):
    return Node(stack)


@pytest.fixture(scope="session")
def user(stack):
    made = User(stack)
    yield made
    made.client.close()


def item(location, os_code="ubuntu-22", plan_code="vps-1"):
    return {
        "plan_code": plan_code,
        "location_code": location,
        "os_code": os_code,
        "period_months": 1,
    }


def buy(user, items):
    """The batch once it has ended."""
    answer = user.client.post("/vps/buy:bulk", json={"items": items}, headers=new_key())
    batch = user.batch(answer.json()["batch_id"], wait=30)
    while batch["status"] in ("pending", "running"):
        batch = user.batch(batch["batch_id"], wait=30)
    return batch


@pytest.fixture(scope="session")
def servers(user):
    """Bought at once: their ids."""
    locations = itertools.islice(itertools.cycle(LOCATIONS), COUNT)
    batch = buy(user, [item(location) for location in locations])
    assert batch["status"] == "completed", batch
    return [item["vps_id"] for item in batch["items"]]


@pytest.fixture
def vps(servers):
    """The one that lives on."""
    return servers[0]


@pytest.fixture
def neighbour(servers):
    return servers[1]


@pytest.fixture
def guest(user, vps):
    return Guest.of(user, vps)
