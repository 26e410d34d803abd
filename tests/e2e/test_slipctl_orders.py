"""slipctl's orders to standing servers, its deposits, its operators and its signatures, against the
whole stack."""

import json

import pytest
from command_line import Slipctl
from deposits import SCOPES, Standins, await_status
from stack import User, cents

BUY = ("buy", "vps-1", "--location", "de", "--os", "debian-12", "--months", 1)


@pytest.fixture(scope="module")
def standins(stack):
    return Standins(stack)


@pytest.fixture
def payer(stack):
    made = User(stack, scopes=SCOPES)
    yield made
    made.client.close()


@pytest.fixture
def slipctl(stack, payer, tmp_path):
    return Slipctl(stack, tmp_path, payer.key)


@pytest.fixture
def admin(stack, tmp_path):
    return Slipctl(stack, tmp_path, stack.facts()["SLIPWAY_OPERATOR_KEY"])


@pytest.fixture
def server_id(payer):
    return payer.batch(payer.buy().json()["batch_id"])["items"][0]["vps_id"]


def of(ran):
    return json.loads(ran.stdout)


def test_a_renewal_is_charged_once_for_its_key(slipctl, payer, server_id):  # INV-3
    words = ("renew", server_id, "--months", 3, "--idempotency-key", "renewed-once", "--json")
    first, again = slipctl(*words).stdout, slipctl(*words).stdout
    assert first == again
    charged = cents(json.loads(first)["charged_usd"])
    assert payer.balance() == 100000 - 502 - charged
    assert of(slipctl("show", server_id, "--json"))["expires_at"] == json.loads(first)["expires_at"]


def test_power_goes_off_and_on(slipctl, server_id):
    for action, power in [
        ("stop", "stopped"),
        ("start", "running"),
        ("reboot", "running"),
        ("toggle", "stopped"),
    ]:
        assert of(slipctl("power", server_id, action, "--json"))["power_state"] == power
        assert of(slipctl("show", server_id, "--json"))["power_state"] == power


def test_a_new_system_and_a_new_password_are_waited_for(slipctl, server_id):
    def password():
        return of(slipctl("credentials", server_id, "--json"))["password"]

    first = password()
    ended = of(slipctl("reinstall", server_id, "--os", "alma-9", "--yes", "--json"))
    assert (ended["kind"], ended["status"]) == ("reinstall", "completed")
    assert of(slipctl("show", server_id, "--json"))["os_code"] == "alma-9"
    second = password()
    third = of(slipctl("password", server_id, "--json"))["password"]
    assert len({first, second, third}) == 3
    assert password() == third


def test_a_server_is_deleted_once(slipctl, payer, server_id):
    before = payer.balance()
    assert "Status     completed\n" in slipctl("delete", server_id, "--yes").stdout
    assert payer.balance() == before
    assert "not_found" in slipctl("delete", server_id, "--yes", code=1).stderr


def read_number(running):
    """The provider's number of a deposit, from what is shown before it is paid."""
    for line in running.stdout:
        if line.startswith("Number "):
            return line.split()[1]
    raise AssertionError(running.communicate())


def test_a_deposit_is_waited_for_until_it_is_paid(slipctl, payer, standins):
    running = slipctl.start("deposit", 50, "--provider", "cryptobot", "--asset", "USDT")
    number = read_number(running)
    standins.press("pay", {"provider": "cryptobot", "external_id": number})
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, "")
    assert out.endswith("Paid: it is in the wallet.\n")
    assert payer.balance() == 105000


def test_a_deposit_that_nobody_pays_is_an_exit_code(slipctl, payer, admin):
    running = slipctl.start("deposit", 7, "--provider", "sbp", "--json", "--timeout", 60)
    made = None
    while made is None:
        listed = payer.client.get("/transactions?type=deposit&status=pending").json()["items"]
        made = listed[0] if listed else None
    admin("admin", "deposit-fail", made["id"])
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert json.loads(out)["status"] == "failed"
    assert "Pay at http" in err
    assert "The deposit is failed." in err
    assert payer.balance() == 100000


def test_an_operator_settles_a_deposit_by_hand(slipctl, payer, admin):
    words = ("deposit", "20.00", "--provider", "sbp", "--no-wait", "--json")
    made = of(slipctl(*words))
    credited = [of(admin("admin", "deposit-complete", made["transaction_id"], "--json"))] * 2
    assert credited[0]["status"] == "completed"
    await_status(payer.client, made, "completed")
    assert payer.balance() == 102000
    late = admin("admin", "deposit-fail", made["transaction_id"], code=1)
    assert "state_conflict" in late.stderr


def test_a_banned_user_is_told_until_the_ban_is_lifted(slipctl, payer, admin, server_id):
    assert "Banned  yes" in admin("admin", "ban", payer.id, "--reason", "a test").stdout
    assert "user_banned" in slipctl(*BUY, "--yes", code=1).stderr
    assert "active" in slipctl("show", server_id).stdout
    assert "Banned  no" in admin("admin", "unban", payer.id).stdout
    slipctl(*BUY, "--yes", "--no-wait")
    log = admin("admin", "log", "--user", payer.id, "--limit", 2).stdout
    assert "ban_user" in log
    assert "a test" in log
    referrals = of(slipctl("referrals", "--json"))
    assert (referrals["user_id"], referrals["invited"]) == (payer.id, 0)


def test_requests_are_signed_where_that_is_required(slipctl, payer, gateway_with):
    url = gateway_with(API_SIGNATURE_REQUIRED="on")
    unsigned = slipctl("list", code=1, SLIPWAY_URL=url)
    assert "signature_required" in unsigned.stderr
    signed = {"SLIPWAY_URL": url, "SLIPWAY_SIGNING_SECRET": payer.signing_secret}
    slipctl(*BUY, "--yes", **signed)
    assert "debian-12" in slipctl("list", "--status", "active", "--location", "de", **signed).stdout
    wrong = slipctl("list", code=1, SLIPWAY_URL=url, SLIPWAY_SIGNING_SECRET="0" * 64)
    assert "signature_invalid" in wrong.stderr
    assert payer.signing_secret not in wrong.stderr
