"""Power, reinstallation, password and deletion of servers, through the whole system."""

import concurrent.futures
import contextlib
import json
import secrets
import subprocess
import time

import pytest
from stack import API, User, new_key
from test_refusals import check


@pytest.fixture
def vps(user):
    """An active server of the user's: its id."""
    return user.batch(user.buy(plan_code="vps-2").json()["batch_id"])["items"][0]["vps_id"]


@pytest.fixture
def virsh(stack):
    """virsh(word…) on the node that all machines stand on: what it prints."""
    uri = f"test+unix:///default?socket={stack.run_dir}/libvirt/libvirt-sock"

    def run(*words):
        ran = subprocess.run(
            ["virsh", "-q", "-c", uri, *words],
            check=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return ran.stdout

    return run


@pytest.fixture
def unmoved(money):
    """A block that must move no money and make no server; batches it may make."""

    @contextlib.contextmanager
    def block(user_id):
        before = money(user_id)[:3]
        yield
        assert money(user_id)[:3] == before

    return block


def card(user, vps_id):
    return user.client.get(f"/vps/{vps_id}").json()


def password_of(user, vps_id):
    return user.client.get(f"/vps/{vps_id}/credentials").json()["password"]


def accepted(answer, kind):
    """The id of the batch that a 202 names, in the contract's words."""
    batch_id = answer.json()["batch_id"]
    assert (answer.status_code, answer.json()) == (
        202,
        {"batch_id": batch_id, "accepted": 1, "status": "pending"},
    )
    assert batch_id.startswith(f"{kind}:")
    assert answer.headers["Location"] == f"{API}/batches/{batch_id}"
    return batch_id


def finished(user, batch_id):
    batch = user.batch(batch_id)
    (item,) = batch["items"]
    assert batch["kind"] == batch_id.split(":")[0]
    assert (item["charged_usd"], item["refunded_usd"]) == ("0.00", "0.00")
    return batch["status"], item


# ---- power


@pytest.mark.parametrize(
    ("actions", "after"),
    [
        (["reboot"], "running"),
        (["stop"], "stopped"),
        (["stop", "start"], "running"),
        (["stop", "stop"], "stopped"),
        (["stop", "reboot"], "running"),
        (["power-toggle"], "stopped"),
        (["power-toggle", "power-toggle"], "running"),
    ],
)
def test_a_power_action_is_answered_when_it_is_done(user, vps, unmoved, virsh, actions, after):
    with unmoved(user.id):
        for action in actions:
            answer = user.client.post(f"/vps/{vps}/power/{action}")
    assert answer.status_code == 200
    assert answer.text == (
        f'{{"vps_id":{vps},"action":"{actions[-1]}","status":"completed",'
        f'"power_state":"{after}"}}'
    )
    assert card(user, vps)["power_state"] == after
    assert card(user, vps)["status"] == "active"
    names = {"running": "--state-running", "stopped": "--state-shutoff"}
    assert f"vps-{vps}" in virsh("list", "--all", "--name", names[after]).split()


def test_who_does_not_wait_polls_the_batch(user, vps, held_workers):
    with held_workers:
        answer = user.client.post(f"/vps/{vps}/power/stop", headers={"Prefer": "wait=0"})
        batch_id = accepted(answer, "power")
        assert answer.headers["Preference-Applied"] == "wait=0"
        body = user.client.get(f"/batches/{batch_id}").json()
        assert (body["status"], body["items"][0]["status"]) == ("pending", "queued")
        assert body["items"][0]["vps_id"] == vps
        answer = user.client.post(f"/vps/{vps}/power/start", headers={"Prefer": "wait=1"})
        later = accepted(answer, "power")
    assert finished(user, batch_id)[0] == "completed"
    assert finished(user, later)[0] == "completed"
    assert card(user, vps)["power_state"] == "running"


def test_orders_end_in_the_order_in_which_they_came(user, vps, held_workers):
    with held_workers:
        batches = [
            accepted(user.client.post(f"/vps/{vps}/power/{action}", headers=later), "power")
            for action in ["stop", "start", "power-toggle", "reboot", "power-toggle"]
            for later in [{"Prefer": "wait=0"}]
        ]
    ended = [finished(user, batch_id) for batch_id in batches]
    assert {status for status, _ in ended} == {"completed"}
    assert card(user, vps)["power_state"] == "stopped"


def test_as_many_orders_wait_as_may(user, vps, held_workers):
    with held_workers:
        for _ in range(16):
            answer = user.client.post(f"/vps/{vps}/power/start", headers={"Prefer": "wait=0"})
            accepted(answer, "power")
        check(user.client.post(f"/vps/{vps}/power/start"), 409, "state_conflict")
        check(user.client.post(f"/vps/{vps}/password"), 409, "state_conflict")
        accepted(user.client.delete(f"/vps/{vps}"), "delete")


def test_past_the_bound_of_waiters_the_answer_comes_at_once(stack, user, vps, gateway_with):
    url = gateway_with(BATCH_WAITERS_LIMIT="0")
    with stack.client(user.key, url) as client:
        batch_id = accepted(client.post(f"/vps/{vps}/power/reboot"), "power")
        check(client.post(f"/vps/{vps}/password"), 504, "timeout")
    assert finished(user, batch_id)[0] == "completed"


def test_a_machine_that_is_lost_is_a_conflict_until_it_is_reinstalled(user, vps, virsh):
    virsh("destroy", f"vps-{vps}")
    virsh("undefine", f"vps-{vps}")
    body = check(user.client.post(f"/vps/{vps}/power/reboot"), 409, "state_conflict")
    assert [row["code"] for row in body["errors"]] == ["machine_missing"]
    assert body["detail"] == body["errors"][0]["detail"]
    assert card(user, vps)["power_state"] == "missing"
    check(user.client.post(f"/vps/{vps}/password"), 409, "state_conflict")
    answer = user.client.post(f"/vps/{vps}/reinstall", json={"os_code": "debian-12"})
    assert finished(user, accepted(answer, "reinstall"))[0] == "completed"
    assert card(user, vps)["power_state"] == "running"
    assert user.client.post(f"/vps/{vps}/power/stop").status_code == 200


# ---- reinstallation


def test_a_reinstallation_makes_another_machine_with_another_password(
    user, vps, unmoved, virsh, held_workers
):
    before = (virsh("domuuid", f"vps-{vps}"), password_of(user, vps), card(user, vps)["ip"])
    with unmoved(user.id):
        with held_workers:
            answer = user.client.post(f"/vps/{vps}/reinstall", json={"os_code": "ubuntu-22"})
            batch_id = accepted(answer, "reinstall")
            now = card(user, vps)
            assert (now["status"], now["os_code"]) == ("reinstalling", "debian-12")
            check(user.client.get(f"/vps/{vps}/credentials"), 409, "state_conflict")
            check(user.client.post(f"/vps/{vps}/power/stop"), 409, "state_conflict")
            check(user.client.post(f"/vps/{vps}/password"), 409, "state_conflict")
        assert finished(user, batch_id)[0] == "completed"
    now = card(user, vps)
    assert (now["status"], now["os_code"]) == ("active", "ubuntu-22")
    assert virsh("domuuid", f"vps-{vps}") != before[0]
    assert password_of(user, vps) != before[1]
    assert now["ip"] == before[2]


@pytest.mark.parametrize(
    ("body", "status", "pointer", "code"),
    [
        ({"os_code": "dos"}, 422, "/os_code", "unknown_os"),
        ({"os_code": "windows-2022"}, 422, "/os_code", "os_not_supported"),
        ({}, 422, "/os_code", "required"),
        ({"os_code": 12}, 400, "/os_code", "wrong_type"),
        ({"os_code": "debian-12", "wipe": True}, 400, "/wipe", "unknown_member"),
    ],
)
def test_a_reinstallation_that_makes_no_sense_is_refused(user, body, status, pointer, code):
    bought = user.buy(plan_code="vps-1").json()["batch_id"]
    vps_id = user.batch(bought)["items"][0]["vps_id"]
    answer = user.client.post(f"/vps/{vps_id}/reinstall", json=body)
    rows = check(answer, status, "validation_failed" if status == 422 else "invalid_request")
    assert [(row["pointer"], row["code"]) for row in rows["errors"]] == [(pointer, code)]
    assert card(user, vps_id)["status"] == "active"


def test_a_reinstallation_without_its_image_leaves_the_machine(stack, user, vps, tmp_path):
    def add(catalog):
        image = "volume:default-pool/absent"
        system = {"code": "broken-2", "name": "Broken", "image": image}
        catalog["os"].append({**system, "min_ram_mb": 0, "min_disk_gb": 0})

    before = password_of(user, vps)
    with stack.catalog_with(add, tmp_path):
        answer = user.client.post(f"/vps/{vps}/reinstall", json={"os_code": "broken-2"})
        status, item = finished(user, accepted(answer, "reinstall"))
    assert (status, item["error"]["code"]) == ("failed", "image_missing")
    now = card(user, vps)
    assert (now["status"], now["os_code"], now["power_state"]) == ("active", "debian-12", "running")
    assert password_of(user, vps) == before


# ---- passwords


def test_a_new_password_is_answered_once_and_is_what_the_credentials_say(user, vps):
    seen = {password_of(user, vps)}
    for _ in range(3):
        answer = user.client.post(f"/vps/{vps}/password")
        body = answer.json()
        assert (answer.status_code, body["vps_id"], body["login"]) == (200, vps, "root")
        assert list(body) == ["vps_id", "login", "password"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert password_of(user, vps) == body["password"]
        seen.add(body["password"])
    assert len(seen) == 4
    assert min(map(len, seen)) >= 22


def test_a_password_that_takes_too_long_is_found_in_the_credentials(user, vps, held_workers):
    before = password_of(user, vps)
    with held_workers:
        answer = user.client.post(f"/vps/{vps}/password", headers={"Prefer": "wait=1"})
        body = check(answer, 504, "timeout")
        assert f"/vps/{vps}/credentials" in body["detail"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert password_of(user, vps) == before
    batch_id = next(word for word in body["detail"].split() if word.startswith("password:"))
    assert finished(user, batch_id)[0] == "completed"
    assert password_of(user, vps) != before


def test_a_stopped_machine_gets_no_password(user, vps):
    before = password_of(user, vps)
    assert user.client.post(f"/vps/{vps}/power/stop").status_code == 200
    body = check(user.client.post(f"/vps/{vps}/password"), 409, "state_conflict")
    assert [row["code"] for row in body["errors"]] == ["not_running"]
    assert password_of(user, vps) == before


@pytest.mark.parametrize(
    ("status", "expected"),
    [("suspended", 200), ("deleting", 409), ("reinstalling", 409), ("failed", 409)],
)
def test_credentials_are_shown_of_a_server_that_stands(user, vps, database, status, expected):
    set_status = "UPDATE billing.vps SET status = %s WHERE id = %s"
    database.execute(set_status, [status, vps])
    assert user.client.get(f"/vps/{vps}/credentials").status_code == expected
    database.execute(set_status, ["active", vps])


# ---- deletion


def test_a_deleted_server_is_gone_and_its_address_is_used_again(
    user, vps, unmoved, virsh, database
):  # INV-5
    address = card(user, vps)["ip"]
    with unmoved(user.id):
        batch_id = accepted(user.client.delete(f"/vps/{vps}"), "delete")
        assert finished(user, batch_id)[0] == "completed"
    now = card(user, vps)
    assert (now["status"], now["ip"]) == ("deleted", None)
    assert f"vps-{vps}" not in virsh("list", "--all", "--name").split()
    check(user.client.delete(f"/vps/{vps}"), 404, "not_found")
    check(user.client.post(f"/vps/{vps}/power/start"), 409, "state_conflict")
    check(user.client.get(f"/vps/{vps}/credentials"), 409, "state_conflict")
    waiting = "SELECT count(*) FROM billing.released_addresses WHERE location_code = 'de'"
    for _ in range(database.execute(waiting).fetchone()[0]):
        bought = user.batch(user.buy().json()["batch_id"])["items"][0]["vps_id"]
        if card(user, bought)["ip"] == address:
            return
    raise AssertionError(f"{address} did not come back")


def test_a_deletion_beats_what_is_queued(user, vps, held_workers, virsh):
    with held_workers:
        answer = user.client.post(f"/vps/{vps}/power/stop", headers={"Prefer": "wait=0"})
        queued = [accepted(answer, "power")]
        answer = user.client.post(f"/vps/{vps}/reinstall", json={"os_code": "ubuntu-22"})
        queued.append(accepted(answer, "reinstall"))
        deletion = accepted(user.client.delete(f"/vps/{vps}"), "delete")
        for batch_id in queued:
            status, item = finished(user, batch_id)
            assert (status, item["error"]["code"]) == ("failed", "superseded")
        again = user.client.delete(f"/vps/{vps}")
        assert accepted(again, "delete") == deletion
        assert card(user, vps)["status"] == "deleting"
        check(user.client.post(f"/vps/{vps}/power/start"), 409, "state_conflict")
    assert finished(user, deletion)[0] == "completed"
    assert card(user, vps)["status"] == "deleted"
    assert f"vps-{vps}" not in virsh("list", "--all", "--name").split()
    for batch_id in queued:
        assert user.batch(batch_id)["items"][0]["error"]["code"] == "superseded"


def test_who_waits_hears_that_a_deletion_came_first(user, vps, held_workers, database):
    orders = "SELECT count(*) FROM billing.operations WHERE vps_id = %s"
    with held_workers, concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            user.client.post, f"/vps/{vps}/power/stop", headers={"Prefer": "wait=30"}
        )
        while database.execute(orders, [vps]).fetchone()[0] == 0:
            time.sleep(0.01)
        accepted(user.client.delete(f"/vps/{vps}"), "delete")
        body = check(waiting.result(), 409, "state_conflict")
    assert [row["code"] for row in body["errors"]] == ["superseded"]


def test_a_suspended_server_can_be_deleted(user, vps, database):
    database.execute("UPDATE billing.vps SET status = 'suspended' WHERE id = %s", [vps])
    check(user.client.post(f"/vps/{vps}/power/start"), 409, "state_conflict")
    batch_id = accepted(user.client.delete(f"/vps/{vps}"), "delete")
    assert finished(user, batch_id)[0] == "completed"


# ---- who may


ORDERS = [
    ("POST", "/vps/{}/power/reboot", None),
    ("POST", "/vps/{}/reinstall", {"os_code": "debian-12"}),
    ("POST", "/vps/{}/password", None),
    ("DELETE", "/vps/{}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ORDERS)
def test_an_order_of_anothers_server_is_not_found(user, other, vps, method, path, body):
    theirs = other.client.request(method, path.format(vps), json=body)
    nothing = other.client.request(method, path.format(999999999), json=body)
    seen, absent = check(theirs, 404, "not_found"), check(nothing, 404, "not_found")
    del seen["request_id"], absent["request_id"]
    assert seen == absent
    assert card(user, vps)["status"] == "active"


@pytest.mark.parametrize(("method", "path", "body"), ORDERS)
@pytest.mark.parametrize("vps_id", ["0", "abc", "99999999999999999999"])
def test_what_is_no_id_is_not_found(buyer, method, path, body, vps_id):
    check(buyer.client.request(method, path.format(vps_id), json=body), 404, "not_found")


@pytest.mark.parametrize(("method", "path", "body"), ORDERS)
def test_an_order_needs_its_scope(stack, vps, user, method, path, body):
    reader = User(stack, scopes=["vps:read", "vps:buy"])
    check(reader.client.request(method, path.format(vps), json=body), 403, "forbidden_scope")


def test_a_banned_user_orders_nothing_and_the_operator_does(user, vps, operator, database):
    database.execute("UPDATE billing.users SET is_banned = true WHERE id = %s", [user.id])
    for method, path, body in ORDERS:
        answer = user.client.request(method, path.format(vps), json=body)
        check(answer, 403, "user_banned")
    assert card(user, vps)["status"] == "active"
    assert operator.post(f"/vps/{vps}/power/stop").json()["power_state"] == "stopped"


def test_the_operator_does_it_all_for_any_user(user, vps, operator):
    assert operator.post(f"/vps/{vps}/power/reboot").status_code == 200
    told = operator.post(f"/vps/{vps}/password").json()["password"]
    assert password_of(user, vps) == told
    answer = operator.post(f"/vps/{vps}/reinstall", json={"os_code": "ubuntu-22"})
    assert finished(user, accepted(answer, "reinstall"))[0] == "completed"
    batch_id = accepted(operator.delete(f"/vps/{vps}"), "delete")
    assert finished(user, batch_id)[0] == "completed"


def test_a_server_that_is_not_built_takes_no_orders(stack, user, tmp_path):
    code = "t" + secrets.token_hex(4)
    pool = {"first_address": f"172.31.{secrets.randbelow(256)}.0", "size": 9, "prefix_length": 12}
    node = {"name": code, "uri": "test:///default", "vcpu": 9, "ram_mb": 9000, "disk_gb": 900}
    pools = [{**pool, "gateway": "172.16.0.1"}]
    location = {"code": code, "name": "No workers", "nodes": [node], "pools": pools}
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps({"locations": [location]}))

    def add(catalog):
        catalog["locations"].append({"code": code, "name": "No workers"})

    with stack.catalog_with(add, tmp_path):
        stack.run("billing", "load-inventory", str(path))
        assert user.buy(location_code=code).status_code == 202
    (vps_id,) = [row["id"] for row in user.client.get("/vps").json()["items"]]
    for method, order, body in ORDERS:
        answer = user.client.request(method, order.format(vps_id), json=body)
        assert "pending" in check(answer, 409, "state_conflict")["detail"]


def test_an_unknown_action_is_not_found(user, vps):
    for action in ["halt", "START", "power_toggle", "reboot%20"]:
        check(user.client.post(f"/vps/{vps}/power/{action}"), 404, "not_found")
    check(user.client.get(f"/vps/{vps}/power/start"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({}, None),
        ({}, b""),
        ({"Content-Type": "application/json"}, b""),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b""),
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Transfer-Encoding": "chunked"}, iter([])),
    ],
)
def test_an_order_without_a_body_is_fine(user, vps, headers, content):
    answer = user.client.post(f"/vps/{vps}/power/start", headers=headers, content=content)
    assert answer.status_code == 200, answer.text


def test_an_order_that_takes_no_body_overlooks_none(user, vps):
    answer = user.client.post(f"/vps/{vps}/power/stop", json={"force": True})
    rows = check(answer, 400, "invalid_request")["errors"]
    assert [(row["pointer"], row["code"]) for row in rows] == [("/force", "unknown_member")]
    answer = user.client.post(f"/vps/{vps}/power/stop", content=b"now", headers=new_key())
    check(answer, 400, "invalid_json")
    assert card(user, vps)["power_state"] == "running"
