"""Power, reinstallation and passwords of servers, through the whole system."""

import pytest
from managed import accepted, card, finished, password_of
from test_refusals import check

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
def test_a_power_action_is_answered_when_it_is_done(user, vps, unpaid, virsh, actions, after):
    with unpaid(user.id):
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
    user, vps, unpaid, virsh, held_workers
):
    before = (virsh("domuuid", f"vps-{vps}"), password_of(user, vps), card(user, vps)["ip"])
    with unpaid(user.id):
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
