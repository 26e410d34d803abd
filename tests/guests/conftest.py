"""The tests on real guests, on the stack of ./run --guests: the servers that they are made on."""

import pytest
from guest import buy, item

pytest_plugins = ["machines"]


@pytest.fixture(scope="session")
def servers(user):
    """Bought at once: their ids."""
    batch = buy(user, [item("de")] * 3)
    assert batch["status"] == "completed", batch
    return [bought["vps_id"] for bought in batch["items"]]


@pytest.fixture
def short_lived(servers):
    """The one that is deleted."""
    return servers[2]
