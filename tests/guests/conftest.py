"""Fixtures of the tests on real guests: the stack of ./run --guests, and servers in it."""

import pytest
from guest import Guest, Node
from stack import Stack, User, new_key


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


@pytest.fixture(scope="session")
def servers(user):
    """Servers bought at once: their ids."""
    item = {
        "plan_code": "vps-1",
        "location_code": "de",
        "os_code": "ubuntu-22",
        "period_months": 1,
    }
    answer = user.client.post("/vps/buy:bulk", json={"items": [item] * 3}, headers=new_key())
    batch = user.batch(answer.json()["batch_id"], wait=30)
    while batch["status"] in ("pending", "running"):
        batch = user.batch(batch["batch_id"], wait=30)
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
def short_lived(servers):
    """The one that is deleted."""
    return servers[2]


@pytest.fixture
def guest(user, vps):
    return Guest.of(user, vps)
