"""What a guest can reach, and whose traffic it can't take: from inside two of them."""

import pytest
from guest import Guest


@pytest.fixture
def pair(user, vps, neighbour):
    return Guest.of(user, vps), Guest.of(user, neighbour)


def pings(address, source=""):
    """A shell command that tells whether an answer came from there."""
    return f"ping -c 1 -W 8 {source} {address} >/dev/null && echo yes || echo no"


def connects(address, port):
    return f"nc -w 8 {address} {port} </dev/null >/dev/null 2>&1 && echo yes || echo no"


def in_disguise(put_on, tried, take_off):
    """Tried with what it should not have; the connection that asks comes back after it."""
    return f"({put_on}; {tried}; {take_off}) >/tmp/tried 2>/dev/null; cat /tmp/tried"


def unused_address(guest):
    """Of the guests' network, and nobody's."""
    return guest.address.rsplit(".", 1)[0] + ".254"


def test_a_guest_reaches_others_as_itself_only(pair):
    guest, other = pair
    stolen = unused_address(guest)
    seen = guest.run(
        in_disguise(
            f"ip addr add {stolen}/24 dev eth0",
            f"{pings(other.address, '-I ' + guest.address)};"
            f"{pings(other.address, '-I ' + stolen)}",
            f"ip addr del {stolen}/24 dev eth0",
        )
    )
    assert seen.split() == ["yes", "no"]


def test_a_guest_with_another_hardware_address_is_alone(pair):
    guest, other = pair
    own = guest.run("cat /sys/class/net/eth0/address")
    seen = guest.run(
        in_disguise(
            "ip link set eth0 address 02:aa:bb:cc:dd:ee",
            pings(other.address),
            f"ip link set eth0 address {own}",
        )
    )
    assert seen == "no"
    assert guest.run(pings(other.address)) == "yes"


def test_a_guest_can_not_take_the_address_of_another(node, pair):
    guest, other = pair

    def owner_of(address):
        """By the node's own table of hardware addresses."""
        lines = node.in_network("ip", "neigh", "show", address, "dev", "guests0")
        return lines.split()[2]

    assert other.lets_in(other.password)
    before = owner_of(other.address)
    guest.run(
        in_disguise(
            f"ip addr add {other.address}/32 dev eth0",
            f"arping -U -c 3 -I eth0 -s {other.address} {other.address};"
            f"arping -A -c 3 -I eth0 -s {other.address} {other.address}",
            f"ip addr del {other.address}/32 dev eth0",
        )
    )
    assert owner_of(other.address) == before != owner_of(guest.address)
    assert other.lets_in(other.password)


def test_a_guest_does_not_reach_the_host_or_what_lies_behind_it(stack, node, pair):
    guest, other = pair
    gate = guest.address.rsplit(".", 1)[0] + ".1"
    outside = node.in_network("ip", "route", "show", "default").split()[2]
    settings = stack.settings("gateway")
    assert guest.run(connects(other.address, 22)) == "yes"
    assert guest.run(pings(gate)) == "yes"
    assert guest.run(pings(outside)) == "no"
    ports = (22, settings["GATEWAY_PORT"], settings["REDIS_PORT"])
    tried = [connects(address, port) for address in (gate, outside) for port in ports]
    # All at once: what is dropped is waited for.
    assert guest.run("".join(f"({one}) & " for one in tried) + "wait").split() == ["no"] * 6
