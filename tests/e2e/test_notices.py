"""Mail and Telegram: who wants it is told in their language, once."""

import contextlib
import os
import secrets
import time
from mailbox import Mailbox

import psycopg
import pytest
from bot_api import BotApi
from stack import User
from webhooks import register

TOKEN = "123456:tested-bot-token"
NAMES = ["server_ready", "build_failed", "expiring", "suspended", "deposit_credited"]
NAMES += ["balance_low", "webhook_off"]


@pytest.fixture(scope="module")
def mailbox():
    box = Mailbox(int(os.environ.get("SLIPWAY_PORT_BASE", "7100")) + 95)
    yield box
    box.close()


@pytest.fixture(scope="module")
def bot():
    api = BotApi(TOKEN)
    yield api
    api.close()


@pytest.fixture(scope="module")
def settings(mailbox, bot):
    return {
        "NOTIFIER_SMTP_URL": mailbox.url,
        "NOTIFIER_SMTP_TLS": "off",
        "NOTIFIER_TELEGRAM_URL": bot.url,
        "NOTIFIER_TELEGRAM_TOKEN": TOKEN,
        "NOTIFIER_NOTICE_RETRY_FIRST_MS": "100",
        "NOTIFIER_NOTICE_TIMEOUT_MS": "5000",
        "NOTIFIER_MAIL_DAILY_LIMIT": "5",
    }


@pytest.fixture(scope="module", autouse=True)
def notifier(stack, settings):
    stack.run("restart", "notifier", **settings)
    yield
    stack.run("restart", "notifier")


@pytest.fixture
def address(user):
    return f"user-{user.id}@mail.example"


def prefer(user, **members):
    answer = user.client.put("/notifications", json=members)
    assert answer.status_code == 200, answer.text
    return answer.json()


def status_of(stack, event_id, channel):
    with psycopg.connect(stack.settings("billing")["BILLING_OWNER_DATABASE"]) as connection:
        return connection.execute(
            "SELECT status::text, attempts, last_error FROM notifier.notices"
            " WHERE event_id = %s AND channel = %s",
            [event_id, channel],
        ).fetchone()


def await_notice(stack, event_id, channel, status, tried=False):
    deadline = time.monotonic() + 30
    while True:
        found = status_of(stack, event_id, channel)
        if found and found[0] == status and (found[2] or not tried):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def check(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


# ---- preferences


def test_preferences_have_sane_defaults_and_are_kept(user):
    default = user.client.get("/notifications").json()
    assert (default["email"], default["language"], default["telegram_id"]) == (None, "en", None)
    assert list(default["notices"]) == NAMES
    assert default["notices"]["server_ready"] == {"email": True, "telegram": True}
    assert default["notices"]["deposit_credited"] == {"email": False, "telegram": True}
    wanted = {"email": "a.b+c@mail.example", "language": "ru", "telegram_id": 42}
    choice = {"email": False, "telegram": False}
    put = prefer(user, **wanted, notices={"server_ready": choice})
    assert put == user.client.get("/notifications").json()
    assert {name: put[name] for name in wanted} == wanted
    assert put["notices"]["server_ready"] == choice
    assert put["notices"]["suspended"] == {"email": True, "telegram": True}
    assert prefer(user)["email"] is None


@pytest.mark.parametrize(
    ("body", "status", "pointer", "code"),
    [
        ({"email": "a"}, 422, "/email", "invalid_email"),
        ({"email": "a@b.example, c@d.example"}, 422, "/email", "invalid_email"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, 422, "/email", "invalid_email"),
        ({"language": "xx"}, 422, "/language", "unknown_language"),
        ({"telegram_id": 0}, 422, "/telegram_id", "out_of_range"),
        (
            {"notices": {"nothing": {"email": True, "telegram": True}}},
            422,
            "/notices/nothing",
            "unknown_notice",
        ),
        ({"notices": {"expiring": {"email": True}}}, 422, "/notices/expiring/telegram", "required"),
        ({"notices": []}, 400, "/notices", "wrong_type"),
        ({"mail": "a@b.example"}, 400, "/mail", "unknown_member"),
    ],
)
def test_preferences_that_can_not_be_are_refused(user, body, status, pointer, code):
    answer = user.client.put("/notifications", json=body)
    assert answer.status_code == status, answer.text
    errors = [(item["pointer"], item["code"]) for item in answer.json()["errors"]]
    assert errors == [(pointer, code)]
    assert user.client.get("/notifications").json()["email"] is None


def test_preferences_are_their_users_own(stack, operator, user, other):
    prefer(user, email="own@mail.example")
    named = {"user_id": user.id}
    check(other.client.get("/notifications", params=named), 404, "not_found")
    check(other.client.put("/notifications", params=named, json={}), 404, "not_found")
    check(operator.get("/notifications"), 422, "validation_failed")
    assert operator.get("/notifications", params=named).json()["email"] == "own@mail.example"
    reader = User(stack, scopes=["vps:read"])
    check(reader.client.put("/notifications", json={}), 403, "forbidden_scope")
    reader.client.close()


# ---- mail


def test_a_mail_has_plain_text_and_html_in_the_users_language(user, mailbox, events, address):
    prefer(user, email=address, language="ru")
    events.vps(user.id, 77, "failed", error_detail="<b>no image</b>")
    events.flush()
    (mail,) = mailbox.of(address)
    assert mail["Subject"] == "Не удалось создать сервер 77"
    assert (mail["From"], mail["To"]) == ("noreply@slipway.example", address)
    assert mail["Message-ID"].endswith("@slipway.example>")
    assert mail["Date"]
    plain = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "<b>no image</b>" in plain
    assert "&lt;b&gt;no image&lt;/b&gt;" in html
    assert "Деньги за него возвращены" in plain
    assert "<p>Деньги" in html


def test_each_notice_goes_where_it_is_wanted(user, mailbox, bot, events, address):
    off, by_mail = {"email": False, "telegram": False}, {"email": True, "telegram": False}
    prefer(
        user,
        email=address,
        telegram_id=user.id,
        notices={"server_ready": off, "expiring": by_mail, "balance_low": by_mail},
    )
    events.vps(user.id, 1, "active")
    events.vps(user.id, 1, "building")
    events.balance(user.id, "balance.adjusted", amount_cents=-500, balance_cents=900)
    events.deposit(
        user.id, "completed", transaction_id=5, provider="cryptobot", credited_cents=5000
    )
    events.vps(user.id, 1, "expiring", days_left=3)
    events.vps(user.id, 2, "expiring", days_left=3, renewal_cents=502, shortfall_cents=1)
    events.flush()
    subjects = [mail["Subject"] for mail in mailbox.of(address, 2)]
    assert subjects == [
        "Server 1 ends in 3 days",
        "Server 2 ends in 3 days, and your wallet can't pay for it",
    ]
    said = [
        text
        for chat, text in bot.wait(lambda all: any(c == user.id for c, _ in all))
        if chat == user.id
    ]
    assert said[0].startswith("Your wallet has 50.00 USD more\n\nYour deposit 5 by cryptobot")
    assert len(said) == 1


def test_what_is_not_wanted_as_urgent_is_told_as_usual(user, mailbox, events, address):
    prefer(user, email=address, notices={"balance_low": {"email": False, "telegram": False}})
    events.vps(user.id, 1, "expiring", days_left=3, renewal_cents=502, shortfall_cents=1)
    events.flush()
    assert mailbox.of(address)[0]["Subject"] == "Server 1 ends in 3 days"


def test_a_wallet_that_can_not_pay_the_next_month_is_told_of(stack, database, mailbox):
    user = User(stack, funds="6.00")
    address = f"user-{user.id}@mail.example"
    prefer(user, email=address, notices={"server_ready": {"email": False, "telegram": False}})
    vps_id = user.batch(user.buy().json()["batch_id"])["items"][0]["vps_id"]
    database.execute(
        "UPDATE billing.vps SET expires_at = now() + interval '60 hours', due_at = now()"
        " WHERE id = %s",
        [vps_id],
    )
    (mail,) = mailbox.of(address)
    assert mail["Subject"] == f"Server {vps_id} ends in 3 days, and your wallet can't pay for it"
    plain = mail.get_body(("plain",)).get_content()
    assert "costs 5.02 USD, and your wallet lacks 4.04 USD" in " ".join(plain.split())
    user.client.close()


def test_who_has_an_endpoint_switched_off_is_told_so(
    user, mailbox, bot, events, address, sink_with
):
    prefer(user, email=address, telegram_id=user.id)
    gone, other = sink_with(lambda request: 410), sink_with()
    made = register(user, gone.url, "hosting.vps.building.v1")
    register(user, other.url, "hosting.webhook.disabled.v1")
    events.vps(user.id, 1, "building")
    events.flush()
    (mail,) = mailbox.of(address)
    assert mail["Subject"] == f"Your webhook endpoint {made['id']} was switched off"
    assert f"{gone.url} any more" in mail.get_body(("plain",)).get_content()
    bot.wait(lambda all: any(chat == user.id and "switched off" in text for chat, text in all))
    (told,) = other.wait(len)
    assert told.json["data"] == {
        "endpoint_id": made["id"],
        "user_id": user.id,
        "url": gone.url,
        "reason": "gone",
    }


def test_a_mail_that_was_not_accepted_is_tried_again(stack, user, mailbox, events, address):
    prefer(user, email=address)
    mailbox.answers += ["451 not now", "451 not now"]
    event_id = events.vps(user.id, 1)
    events.flush()
    assert len(mailbox.of(address)) == 1
    assert await_notice(stack, event_id, "email", "sent")[1] == 3


def test_a_mail_that_is_refused_for_good_is_not(stack, user, mailbox, events, address):
    prefer(user, email=address)
    mailbox.answers.append("554 never")
    event_id = events.vps(user.id, 1)
    events.flush()
    found = await_notice(stack, event_id, "email", "failed")
    assert found[1] == 1
    assert "554" in found[2]


def test_a_user_gets_so_many_mails_a_day_and_no_more(stack, user, mailbox, events, address):
    prefer(user, email=address)
    sent = [events.vps(user.id, number) for number in range(7)]
    events.flush()
    await_notice(stack, sent[4], "email", "sent")
    for event_id in sent[5:]:
        assert "a day" in await_notice(stack, event_id, "email", "failed")[2]
    assert len(mailbox.of(address)) == 5


def test_a_mail_goes_out_once_however_often_kafka_repeats(stack, user, mailbox, events, address):
    prefer(user, email=address)
    event_id = events.vps(user.id, 1)
    for _ in range(3):
        events.vps(user.id, 1, event_id=event_id)
    last = events.vps(user.id, 2)
    events.flush()
    await_notice(stack, last, "email", "sent")
    assert [mail["Subject"] for mail in mailbox.of(address, 2)] == [
        "Server 1 is ready",
        "Server 2 is ready",
    ]


# ---- Telegram


def test_who_chose_nothing_is_told_in_the_chat_that_billing_knows(stack, database, bot, events):
    telegram_id = 10**12 + secrets.randbelow(10**9)
    user = User(stack, telegram_id=telegram_id)
    event_id = events.vps(user.id, 7)
    events.flush()
    said = bot.wait(lambda all: any(chat == telegram_id for chat, _ in all))
    assert [text for chat, text in said if chat == telegram_id][0].startswith("Server 7 is ready")
    await_notice(stack, event_id, "telegram", "sent")
    user.client.close()


def test_billing_is_asked_once_for_a_user_that_has_no_chat(stack, user, events, sink):
    first = events.vps(user.id, 7)
    events.flush()
    assert "no chat" in await_notice(stack, first, "telegram", "failed")[2]
    register(user, sink.url)
    second = events.vps(user.id, 7)
    events.flush()
    sink.wait(lambda all: any(item.id == second for item in all))  # so it was taken in
    assert status_of(stack, second, "telegram") is None


def test_while_billing_is_down_a_message_waits(stack, bot, events):
    telegram_id = 10**12 + secrets.randbelow(10**9)
    user = User(stack, telegram_id=telegram_id)
    stack.run("stop", "billing")
    try:
        event_id = events.vps(user.id, 7)
        events.flush()
        assert "billing" in await_notice(stack, event_id, "telegram", "pending", tried=True)[2]
    finally:
        stack.run("start", "billing")
    await_notice(stack, event_id, "telegram", "sent")
    user.client.close()


def test_the_limits_of_telegram_are_obeyed(stack, user, bot, events):
    prefer(user, telegram_id=user.id)
    sent = [events.vps(user.id, number) for number in range(3)]
    events.flush()
    for event_id in sent:
        await_notice(stack, event_id, "telegram", "sent")
    said = [text for chat, text in bot.messages if chat == user.id]
    assert len(said) == 3
    assert 429 in bot.refused


@pytest.mark.parametrize("chats", ["unknown", "blocked"])
def test_a_chat_that_can_not_be_written_to_is_given_up(stack, user, bot, events, chats):
    prefer(user, telegram_id=user.id)
    getattr(bot, chats).add(user.id)
    event_id = events.vps(user.id, 1)
    events.flush()
    assert await_notice(stack, event_id, "telegram", "failed")[1] == 1


def test_a_message_that_the_api_could_not_take_is_tried_again(stack, user, bot, events):
    prefer(user, telegram_id=user.id)
    bot.faults += [500, 503]
    event_id = events.vps(user.id, 1)
    events.flush()
    await_notice(stack, event_id, "telegram", "sent")
    assert [chat for chat, _ in bot.messages].count(user.id) == 1


def test_a_message_whose_answer_was_lost_is_never_sent_twice(stack, user, bot, events):
    prefer(user, telegram_id=user.id)
    bot.drop_after_accepting = 1
    event_id = events.vps(user.id, 1)
    events.flush()
    await_notice(stack, event_id, "telegram", "uncertain")
    last = events.vps(user.id, 2)
    events.flush()
    await_notice(stack, last, "telegram", "sent")
    assert [chat for chat, _ in bot.messages].count(user.id) == 2


def test_a_sender_that_dies_never_sends_twice(stack, settings, user, bot, events):
    prefer(user, telegram_id=user.id)
    stack.run("stop", "notifier")
    event_id = events.vps(user.id, 1)
    events.flush()
    crashing = {**settings, "SLIPWAY_CRASH_AT": "notifier_after_notice"}
    with contextlib.suppress(RuntimeError):  # it may die before it is seen to be ready
        stack.run("start", "notifier", **crashing)
    bot.wait(lambda all: any(chat == user.id for chat, _ in all))
    stack.run("restart", "notifier", **settings)
    assert status_of(stack, event_id, "telegram")[0] == "sending"
    with psycopg.connect(stack.settings("billing")["BILLING_OWNER_DATABASE"]) as connection:
        connection.execute("UPDATE notifier.notices SET leased_until = now()")
    await_notice(stack, event_id, "telegram", "uncertain")
    assert [chat for chat, _ in bot.messages].count(user.id) == 1


# ---- secrets


def test_no_log_has_the_bots_token(stack):  # INV-8
    for path in (stack.run_dir / "log").iterdir():
        assert TOKEN.encode() not in path.read_bytes(), path.name
