"""What a guest can reach, and whose traffic it can't take: from inside two of them."""

import pytest
from guest import Guest


@pytest.fixture
def pair(user, vps, neighbour):
    return Guest.of(user, vps), Guest.of(user, neighbour)


def reaches(address, port):
    """A shell command that prints "yes" when SSH's greeting comes from there."""
    return f"sleep 2 | nc -w 3 {address} {port} 2>/dev/null | grep -q SSH && echo yes || echo no"


def in_disguise(put_on, tried, take_off):
    """Tried with what it should not have; the connection that asks comes back after it."""
    return f"({put_on}; {tried}; {take_off}) >/tmp/tried 2>/dev/null; cat /tmp/tried"


def unused_address(guest):
    """Of the guests' network, and nobody's."""
    return guest.address.rsplit(".", 1)[0] + ".254"


def test_a_guest_reaches_others_as_itself_only(pair):
    guest, other = pair
    assert guest.run(reaches(other.address, 22)) == "yes"
    stolen = unused_address(guest)
    seen = guest.run(
        in_disguise(
            f"ip addr add {stolen}/24 dev eth0",
            f"ping -c 1 -W 2 -I {guest.address} {other.address} >/dev/null && echo itself;"
            f"ping -c 1 -W 2 -I {stolen} {other.address} >/dev/null && echo thief",
            f"ip addr del {stolen}/24 dev eth0",
        )
    )
    assert seen == "itself"


def test_a_guest_with_another_hardware_address_is_alone(pair):
    guest, other = pair
    own = guest.run("cat /sys/class/net/eth0/address")
    seen = guest.run(
        in_disguise(
            "ip link set eth0 address 02:aa:bb:cc:dd:ee",
            f"ping -c 2 -W 2 {other.address} >/dev/null && echo thief",
            f"ip link set eth0 address {own}",
        )
    )
    assert seen == ""
    assert guest.run(reaches(other.address, 22)) == "yes"


def test_a_guest_can_not_take_the_address_of_another(node, pair):
    guest, other = pair

    def neighbours():
        lines = node.in_network("ip", "neigh", "show", "dev", "guests0").splitlines()
        return {line.split()[0]: line.split()[2] for line in lines if "lladdr" in line}

    assert other.lets_in(other.password)
    before = neighbours()
    guest.run(
        in_disguise(
            f"ip addr add {other.address}/32 dev eth0",
            f"arping -U -c 3 -I eth0 -s {other.address} {other.address};"
            f"arping -A -c 3 -I eth0 -s {other.address} {other.address}",
            f"ip addr del {other.address}/32 dev eth0",
        )
    )
    assert neighbours()[other.address] == before[other.address]
    assert before[other.address] != before[guest.address]
    assert other.lets_in(other.password)


def test_a_guest_does_not_reach_the_host_or_what_lies_behind_it(stack, pair):
    guest, _ = pair
    network = guest.address.rsplit(".", 1)[0]
    outside = network.replace("10.77.", "10.78.") + ".1"
    port = stack.settings("gateway")["GATEWAY_PORT"]
    gate = f"{network}.1"
    assert guest.run(f"ping -c 1 -W 2 {gate} >/dev/null && echo yes") == "yes"
    assert guest.run(f"ping -c 1 -W 2 {outside} >/dev/null || echo no") == "no"
    for address in (gate, outside):
        for place in (22, port, stack.settings("gateway")["REDIS_PORT"]):
            assert guest.run(f"nc -w 2 {address} {place} </dev/null || echo no") == "no"
