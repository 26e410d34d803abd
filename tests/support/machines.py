"""Fixtures of the tests on machines that can be logged in to, of either kind; pytest loads it as a
plugin. `servers` is the folder's own."""

import pytest
from guest import Guest, Node
from stack import Stack, User


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
