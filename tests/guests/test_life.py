"""The life of a server, seen from inside it."""

import time

from guest import Guest, act, assert_reinstalled_anew, finished, is_gone, is_whole
from managed import accepted, card, password_of

GIB = 2**30


def test_a_purchase_ends_in_a_computer_one_can_log_in_to(user, node, vps, guest):
    seen = guest.run(
        "hostname; sed -n 's/^VARIANT_ID=//p' /etc/os-release; cat /sys/block/vda/size;"
        "sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo; nproc"
    )
    name, system, sectors, memory_kb, processors = seen.split()
    assert (name, system) == (f"vps-{vps}", "ubuntu-22")
    assert int(sectors) * 512 == 20 * GIB
    assert 0.85 * GIB < int(memory_kb) * 1024 <= GIB
    assert processors == "1"
    assert guest.address == card(user, vps)["ip"]
    assert is_whole(node, vps)


def test_no_other_password_opens_it(user, neighbour, guest):
    assert not guest.lets_in("")
    assert not guest.lets_in(password_of(user, neighbour))
    assert guest.lets_in(guest.password)


def test_a_new_password_opens_it_and_the_old_one_does_not(user, vps, guest):
    answer = user.client.post(f"/vps/{vps}/password", headers={"Prefer": "wait=30"})
    assert answer.status_code == 200, answer.text
    password = answer.json()["password"]
    assert password == password_of(user, vps) != guest.password
    assert guest.lets_in(password)
    assert not guest.lets_in(guest.password)


def test_a_reboot_is_seen_from_inside(user, vps, guest):
    before = guest.boot_id()
    act(user, vps, "reboot")
    assert guest.boot_id() != before


def test_what_is_stopped_is_off_and_what_is_started_comes_up_with_its_data(user, node, vps, guest):
    before = guest.boot_id()
    guest.run("echo kept > /root/file; sync")
    act(user, vps, "stop")
    assert "shut off" in node.virsh("domstate", f"vps-{vps}")
    assert not guest.answers()
    act(user, vps, "start")
    assert guest.run_when_up("cat /root/file") == "kept"
    assert guest.boot_id() != before


def test_what_powers_off_by_itself_is_seen_as_stopped_and_a_toggle_starts_it(user, vps, guest):
    before = guest.boot_id()
    guest.run("poweroff")
    deadline = time.monotonic() + 60
    while card(user, vps)["power_state"] != "stopped":
        assert time.monotonic() < deadline
    act(user, vps, "power-toggle")
    assert guest.boot_id() != before


def test_a_toggle_stops_what_runs(user, node, short_lived):
    guest = Guest.of(user, short_lived)
    assert guest.answers()
    act(user, short_lived, "power-toggle")
    assert "shut off" in node.virsh("domstate", f"vps-{short_lived}")
    assert not guest.answers()


def test_no_password_is_in_a_log_or_on_the_node(stack, user, servers):  # INV-8
    passwords = [password_of(user, vps_id).encode() for vps_id in servers]
    files = [
        path
        for folder in ("log", "guests")
        for path in (stack.run_dir / folder).rglob("*")
        if path.is_file() and path.suffix not in (".qcow2", ".work")
    ]
    assert any(path.name.endswith("-seed.iso") for path in files)
    for path in files:
        content = path.read_bytes()
        assert not any(password in content for password in passwords), path


def test_a_reinstallation_gives_an_empty_disk_another_system_and_password(user, node, neighbour):
    assert_reinstalled_anew(user, node, neighbour)


def test_nothing_of_a_deleted_server_is_left(user, node, short_lived):  # INV-5
    assert is_whole(node, short_lived)
    answer = user.client.delete(f"/vps/{short_lived}")
    assert finished(user, accepted(answer, "delete")) == "completed"
    assert is_gone(node, short_lived)
