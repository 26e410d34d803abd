"""Links to the screens of machines: who gets one, and what it is good for. What is seen at its end
takes a machine that boots: tests/guests."""

import datetime
import json
import os
import secrets
import socket
import subprocess
import time

import httpx
import pytest
from command_line import Slipctl
from console_proxy import PROGRAM, ConsoleProxy
from managed import card
from screen import key_of, path_of, status_of, token_of
from stack import check

PORT = int(os.environ.get("SLIPWAY_PORT_BASE", "7100")) + 9


@pytest.fixture(scope="module")
def proxy(stack):
    made = ConsoleProxy(stack, PORT)
    yield made
    made.close()


@pytest.fixture
def proxy_with(stack):
    running = []

    def start(**settings):
        running.append(ConsoleProxy(stack, PORT + 1, **settings))
        return running[-1]

    yield start
    for made in running:
        made.close()


@pytest.fixture
def screens(database, proxy):
    """The nodes of de offer screens while the test runs."""
    offer = "UPDATE billing.nodes SET console_url = %s WHERE location_code = 'de'"
    database.execute(offer, [proxy.url])
    yield
    database.execute(offer, [None])


@pytest.fixture
def console(user, vps, screens):
    """console(): a link to the screen of the user's server."""

    def ask(client=user.client):
        answer = client.get(f"/vps/{vps}/console")
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.json()

    return ask


def test_a_node_without_a_console_proxy_offers_no_screens(user, vps):
    body = check(user.client.get(f"/vps/{vps}/console"), 409, "console_unavailable")
    assert "node offers no screens" in body["detail"]


def test_a_link_is_a_page_whose_fragment_has_the_token_for_minutes(stack, proxy, vps, console):
    asked_at = datetime.datetime.now(datetime.UTC)
    link = console()
    assert link["vps_id"] == vps
    assert link["url"].startswith(f"{proxy.url}/vnc.html#")
    left = datetime.datetime.fromisoformat(link["expires_at"]) - asked_at
    assert 110 < left.total_seconds() < 130
    token = token_of(link["url"])
    assert len(token) == 64
    assert console()["url"] != link["url"]
    assert 0 < stack.redis().ttl(key_of(token)) <= 120


def test_redis_knows_a_link_by_a_hash_and_where_it_leads(  # INV-8
    stack, database, vps, console, virsh
):
    redis = stack.redis()
    token = token_of(console()["url"])
    stored = redis.get(key_of(token))
    (node,) = database.execute(
        "SELECT n.name FROM billing.vps v JOIN billing.nodes n ON n.id = v.node_id WHERE v.id = %s",
        [vps],
    ).fetchone()
    uuid = virsh("domuuid", f"vps-{vps}").strip()
    assert json.loads(stored) == {"vps_id": vps, "machine_uuid": uuid, "node": node}
    assert token not in stored + " ".join(redis.keys("*"))


def test_strangers_get_no_link_and_operators_do(other, operator, vps, console):
    check(other.client.get(f"/vps/{vps}/console"), 404, "not_found")
    assert console(operator)["vps_id"] == vps


def test_a_machine_that_is_off_has_no_screen(user, vps, screens):
    user.client.post(f"/vps/{vps}/power/stop", headers={"Prefer": "wait=20"})
    assert card(user, vps)["power_state"] == "stopped"
    body = check(user.client.get(f"/vps/{vps}/console"), 409, "console_unavailable")
    assert "stopped" in body["detail"]


def test_without_redis_nobody_gets_a_link(stack, user, vps, screens, gateway_with):
    with stack.client(user.key, gateway_with(REDIS_PORT="1")) as client:
        answer = client.get(f"/vps/{vps}/console")
    check(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "1"


def test_slipctl_shows_the_link(stack, user, vps, proxy, screens, tmp_path):
    ran = Slipctl(stack, tmp_path, user.key)("console", vps)
    assert f"{proxy.url}/vnc.html#" in ran.stdout


# ---- at the proxy


def test_a_link_leads_to_its_machine_once(console):
    url = console()["url"]
    # The test driver's machines have no screen: libvirt was asked, and the link is used up.
    assert status_of(url) == 404
    assert status_of(url) == 403


def test_a_link_that_nobody_made_is_no_good(proxy):
    for path in [
        "websockify",
        "websockify?token=",
        f"websockify?token={secrets.token_hex(32)}",
        f"websockify?token={secrets.token_hex(32)}&token={secrets.token_hex(32)}",
        "websockify?token=../../etc/passwd",
        "websockify?token=%00",
    ]:
        assert status_of(proxy.url, path) == 403, path


def test_a_link_that_nobody_used_in_time_is_no_good(stack, user, vps, screens, gateway_with):
    with stack.client(user.key, gateway_with(CONSOLE_TOKEN_SECONDS="1")) as client:
        url = client.get(f"/vps/{vps}/console").json()["url"]
    deadline = time.monotonic() + 10
    while stack.redis().exists(key_of(token_of(url))):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert status_of(url) == 403


def test_a_link_for_another_node_or_another_machine_is_no_good(stack, console):
    redis = stack.redis()
    for changes in [{"node": "nl-1"}, {"machine_uuid": "6f1c"}]:
        url = console()["url"]
        key = key_of(token_of(url))
        redis.set(key, json.dumps({**json.loads(redis.get(key)), **changes}), keepttl=True)
        assert status_of(url) == 403
        assert not redis.exists(key)


def test_a_machine_that_is_gone_has_no_screen(user, vps, console):
    url = console()["url"]
    user.client.delete(f"/vps/{vps}", headers={"Prefer": "wait=20"})
    assert status_of(url) == 404


def test_what_is_no_link_in_redis_is_no_good(stack, proxy):
    for stored in ["", "{", "[]", "{}", '{"vps_id":"1","machine_uuid":"","node":"de-1"}']:
        token = secrets.token_hex(32)
        stack.redis().set(key_of(token), stored, ex=20)
        assert status_of(proxy.url, f"websockify?token={token}") == 502, stored


def test_without_redis_no_link_is_good(console, proxy_with):
    assert status_of(proxy_with(REDIS_PORT="1").url, path_of(console()["url"])) == 503


def test_without_libvirt_no_link_is_good(console, proxy_with):
    proxy = proxy_with(CONSOLE_LIBVIRT_URI="test+unix:///default?socket=/nowhere")
    assert status_of(proxy.url, path_of(console()["url"])) == 503


def test_its_page_is_shown_in_no_other_and_its_folders_to_nobody(proxy):
    page = httpx.get(f"{proxy.url}/vnc.html")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    for path in ["/", "/app/", "/..%2f..%2f..%2fetc%2fpasswd", "/no-such-file"]:
        assert httpx.get(proxy.url + path).status_code == 404, path


def test_connections_past_the_limit_are_closed(proxy_with):
    proxy = proxy_with(CONSOLE_SESSIONS_LIMIT="1")
    with (
        socket.create_connection(("127.0.0.1", PORT + 1)),
        pytest.raises(httpx.TransportError),
    ):
        httpx.get(f"{proxy.url}/vnc.html")


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({}, "CONSOLE_NODES is missing"),
        ({"CONSOLE_NODES": " "}, "CONSOLE_NODES is missing"),
        ({"CONSOLE_NODES": "a", "CONSOLE_PORT": "0"}, "CONSOLE_PORT must be 1 … 65535"),
        ({"CONSOLE_NODES": "a", "REDIS_PORT": "x"}, "REDIS_PORT must be 1 … 65535"),
        ({"CONSOLE_NODES": "a", "CONSOLE_WEB": "/nowhere"}, "has no vnc.html"),
    ],
)
def test_wrong_settings_are_named_at_the_start(settings, complaint):
    ran = subprocess.run(PROGRAM, env=settings, capture_output=True, text=True, timeout=20)
    assert ran.returncode == 2
    assert complaint in json.loads(ran.stderr)["message"]


def test_its_log_is_lines_of_json_without_any_link(proxy, console):  # INV-8
    tokens = [token_of(link["url"]) for link in (console(), console())]
    for token in tokens:
        assert status_of(proxy.url, f"websockify?token={token}") == 404
        assert status_of(proxy.url, f"websockify?token={token}") == 403
    text = proxy.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["service"] for line in lines} == {"console"}
    assert "the machine has no screen" in {line.get("reason") for line in lines}
    assert not [token for token in tokens if token in text]
