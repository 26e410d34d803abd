"""The screen of a guest, in a browser."""

import time

import pytest
from guest import Guest
from screen import PATIENCE_S, Screen, chromium, key_of, status_of, token_of
from stack import User, check


@pytest.fixture
def link(user, vps):
    """link(): a new one to the screen of the server that lives on."""

    def make():
        answer = user.client.get(f"/vps/{vps}/console")
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json()["vps_id"] == vps
        return answer.json()["url"]

    return make


def test_a_guest_is_logged_in_to_and_worked_at_on_its_screen(link, guest, vps, stack):
    with chromium() as browser:
        screen = Screen(browser.new_page(viewport={"width": 1000, "height": 700}), link())
        screen.shows_picture()
        rows = screen.await_rows(0)
        for line in ["", "root", guest.password, "hostname > typed"]:
            screen.type(line)
            rows = screen.await_rows(rows)
        screen.keep(stack.run_dir / "log" / "console.png")
        assert screen.complaints == []
    deadline = time.monotonic() + PATIENCE_S
    while guest.run("cat /root/typed") != f"vps-{vps}":
        assert time.monotonic() < deadline


def test_a_link_is_good_once_whoever_comes_second(link):
    url = link()
    assert status_of(url) == 101
    assert status_of(url) == 403


def test_a_link_that_nobody_made_is_no_good(link):
    assert status_of(link(), "websockify?token=" + "0" * 64) == 403
    assert status_of(link(), "websockify") == 403


def test_a_link_that_nobody_used_in_time_is_no_good(stack, link):
    url = link()
    redis = stack.redis()
    assert 0 < redis.ttl(key_of(token_of(url))) <= 120
    # The time that is left is made short; Redis itself lets it run out.
    redis.pexpire(key_of(token_of(url)), 1)
    deadline = time.monotonic() + 5
    while redis.exists(key_of(token_of(url))):
        assert time.monotonic() < deadline
    assert status_of(url) == 403


def test_the_screen_of_another_is_not_there(stack, vps):
    stranger = User(stack)
    check(stranger.client.get(f"/vps/{vps}/console"), 404, "not_found")
    stranger.client.close()


def test_no_link_is_in_a_log(stack, link):  # INV-8
    urls = [link() for _ in range(2)]
    assert status_of(urls[0]) == 101
    for path in (stack.run_dir / "log").glob("*.log"):
        log = path.read_bytes()
        for url in urls:
            assert token_of(url).encode() not in log, path


def test_a_machine_that_is_off_has_no_screen(user, node, neighbour):
    answer = user.client.post(f"/vps/{neighbour}/power/stop", headers={"Prefer": "wait=60"})
    assert answer.status_code == 200, answer.text
    check(user.client.get(f"/vps/{neighbour}/console"), 409, "console_unavailable")
    answer = user.client.post(f"/vps/{neighbour}/power/start", headers={"Prefer": "wait=60"})
    assert answer.status_code == 200, answer.text
    again = user.client.get(f"/vps/{neighbour}/console")
    assert status_of(again.json()["url"]) == 101
    # As the others' tests expect to find it.
    Guest.of(user, neighbour).run_when_up("true")
