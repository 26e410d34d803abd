"""The tests on light machines, on the stack of ./run --light: the servers that they are made on."""

import itertools

import pytest
from guest import buy, item

pytest_plugins = ["machines"]

LOCATIONS = ("de", "nl", "us")
COUNT = 20


@pytest.fixture(scope="session")
def servers(user):
    """Bought at once: their ids."""
    locations = itertools.islice(itertools.cycle(LOCATIONS), COUNT)
    batch = buy(user, [item(location) for location in locations])
    assert batch["status"] == "completed", batch
    return [bought["vps_id"] for bought in batch["items"]]
