"""IPv6 beside IPv4: what the card says is what the guest has, and all it can use."""

from pathlib import Path

import pytest
from guest import Guest

pytestmark = pytest.mark.skipif(
    not Path("/proc/net/if_inet6").exists(), reason="this kernel has no IPv6"
)


@pytest.fixture
def pair(user, vps, neighbour):
    """Two guests, asked over IPv6."""
    return [
        Guest(user.client.get(f"/vps/{vps_id}").json()["ipv6"], Guest.of(user, vps_id).password)
        for vps_id in (vps, neighbour)
    ]


def pings(address, source):
    return f"ping -6 -c 1 -W 8 -I {source} {address} >/dev/null && echo yes || echo no"


def test_a_guest_is_logged_in_to_at_the_address_on_its_card(pair):
    guest, other = pair
    assert guest.address != other.address
    assert f" {guest.address}/64 " in guest.run("ip -6 addr show dev eth0")


def test_a_guest_reaches_others_as_itself_only(pair):
    guest, other = pair
    stolen = guest.address.rsplit(":", 1)[0] + ":ffff"
    seen = guest.run(
        f"(ip addr add {stolen}/64 dev eth0; {pings(other.address, guest.address)};"
        f" {pings(other.address, stolen)}; ip addr del {stolen}/64 dev eth0)"
        " >/tmp/tried 2>/dev/null; cat /tmp/tried"
    )
    assert seen.split() == ["yes", "no"]
