"""Light machines, as their owners see them from inside and their operator from outside."""

import concurrent.futures
import time

from conftest import COUNT
from guest import Guest, act, assert_reinstalled_anew, buy, finished, is_gone, is_whole, item
from managed import card, password_of

GIB = 2**30


def started(guest):
    """When its first process was: one kernel runs them all, so there is no boot of its own."""
    return guest.run_when_up("cut -d ' ' -f 22 /proc/1/stat")


def test_twenty_bought_at_once_let_their_owner_in_with_the_returned_password(user, node, servers):
    def looks_around(vps_id):
        return Guest.of(user, vps_id).run(
            "hostname; sed -n 's/^VARIANT_ID=//p' /etc/os-release;"
            "ip -o -4 addr show eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/'"
        )

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(looks_around, servers))
    places = [card(user, vps_id)["ip"] for vps_id in servers]
    assert len(set(places)) == COUNT
    assert [text.split() for text in seen] == [
        [f"vps-{vps_id}", "ubuntu-22", place] for vps_id, place in zip(servers, places, strict=True)
    ]
    assert all(is_whole(node, vps_id) for vps_id in servers)


def test_no_other_password_opens_one(user, neighbour, guest):
    assert not guest.lets_in("")
    assert not guest.lets_in(password_of(user, neighbour))
    assert guest.lets_in(guest.password)


def test_disk_and_memory_end_where_the_plan_says(guest):
    seen = guest.run(
        "df -k / | awk 'NR == 2 { print $2 }';"
        "fallocate -l 18G /root/most && echo fits;"
        "fallocate -l 3G /root/rest 2>&1 | grep -c 'No space left';"
        "rm -f /root/most /root/rest;"
        "sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo;"
        "for size in 500M 1100M; do"
        " dd if=/dev/zero of=/dev/null bs=$size count=1 2>/dev/null && echo held || echo lost;"
        "done"
    )
    disk_kb, fits, full, memory_kb, *kept = seen.split()
    assert 0.95 * 20 * GIB < int(disk_kb) * 1024 <= 20 * GIB
    assert (fits, full) == ("fits", "1")
    assert int(memory_kb) * 1024 == GIB
    # What keeps more than there is in memory is killed.
    assert kept == ["held", "lost"]


def test_a_machine_reaches_others_as_itself_only(user, neighbour, guest):
    other = Guest.of(user, neighbour).address
    stolen = guest.address.rsplit(".", 1)[0] + ".254"
    seen = guest.run(
        f"ip addr add {stolen}/24 dev eth0;"
        f"for one in {guest.address} {stolen}; do"
        f" ping -c 1 -W 2 -I $one {other} >/dev/null 2>&1 && echo yes || echo no; done;"
        f"ip addr del {stolen}/24 dev eth0"
    )
    assert seen.split() == ["yes", "no"]


def test_a_reboot_is_seen_from_inside(user, vps, guest):
    before = started(guest)
    act(user, vps, "reboot")
    assert started(guest) != before


def test_what_is_stopped_is_off_and_what_is_started_comes_up_with_its_data(user, node, vps, guest):
    before = started(guest)
    guest.run("echo kept > /root/file")
    act(user, vps, "stop")
    assert "shut off" in node.virsh("domstate", f"vps-{vps}")
    assert not guest.answers()
    assert node.loop_devices(vps) == []
    act(user, vps, "start")
    assert guest.run_when_up("cat /root/file") == "kept"
    assert started(guest) != before


def test_what_powers_off_by_itself_is_seen_as_stopped_and_a_toggle_starts_it(user, vps, guest):
    before = started(guest)
    guest.run("poweroff")
    deadline = time.monotonic() + 60
    while card(user, vps)["power_state"] != "stopped":
        assert time.monotonic() < deadline
    act(user, vps, "power-toggle")
    assert started(guest) != before


def test_a_new_password_is_refused_and_the_old_one_stays(user, vps, guest):
    answer = user.client.post(f"/vps/{vps}/password", headers={"Prefer": "wait=30"})
    assert answer.status_code == 409
    assert [one["code"] for one in answer.json()["errors"]] == ["not_supported"]
    assert guest.lets_in(password_of(user, vps))


def test_a_reinstallation_gives_an_empty_disk_another_system_and_password(user, node, neighbour):
    assert_reinstalled_anew(user, node, neighbour)


def test_a_system_without_an_image_is_not_made_of_the_nodes_own_files(user):  # INV-5
    batch = buy(user, [item("de", "windows-2022", "vps-4")])
    (bought,) = batch["items"]
    assert bought["error"]["code"] == "image_unsupported"
    assert bought["refunded_usd"] == bought["charged_usd"]


def test_nothing_of_a_deleted_server_is_left(user, node, servers):  # INV-5
    gone = servers[-3:]
    assert all(node.loop_devices(vps_id) for vps_id in gone)
    batches = [user.client.delete(f"/vps/{vps_id}").json()["batch_id"] for vps_id in gone]
    assert [finished(user, batch_id) for batch_id in batches] == ["completed"] * len(gone)
    for vps_id in gone:
        assert is_gone(node, vps_id)
        assert node.loop_devices(vps_id) == []
