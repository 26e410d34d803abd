"""Events on their way to endpoints and people, while what carries them dies: INV-6.

Each user has one endpoint that accepts all and one that refuses some at first, a mailbox and a
chat. The events of a server are numbered, so that their order can be seen in what arrives."""

import collections
import os
import threading
import time
from mailbox import Mailbox

import psycopg
from bot_api import BotApi
from event_writer import Events
from stack import User
from webhook_sink import Sink
from webhooks import ACTIVE, register

RENEWED = "hosting.vps.renewed.v1"
TOKEN = "123456:chaos-bot-token"
USERS = 20
SERVERS = 10
# Every so many events one is told in words.
WORDS_EVERY = 25
HEAL_SECONDS = 180


class Tidings:
    def __init__(self, trial, count):
        self.trial, self.stack, self.count = trial, trial.stack, count
        self.lock = threading.Lock()
        self.arrived = collections.defaultdict(list)  # endpoint → [(id, body)], as accepted
        self.refusals = {}
        self.sent = {}  # id → (user, server, number)
        self.words = set()
        self.sink = Sink(self.answer)
        port = int(os.environ.get("SLIPWAY_PORT_BASE", "19100")) + 95
        self.mailbox = Mailbox(port)
        self.bot = BotApi(TOKEN, per_chat_seconds=0)
        self.stack.run("restart", "notifier", **self.settings())
        self.users = [self.make_user() for _ in range(USERS)]
        self.thread = threading.Thread(target=self.send, daemon=True)

    def settings(self):
        return {
            "NOTIFIER_RETRY_FIRST_MS": "100",
            "NOTIFIER_RETRY_LONGEST_MS": "1000",
            "NOTIFIER_TIMEOUT_MS": "3000",
            "NOTIFIER_INTERVAL_MS": "50",
            "NOTIFIER_NOTICE_RETRY_FIRST_MS": "100",
            "NOTIFIER_NOTICE_TIMEOUT_MS": "2000",
            "NOTIFIER_MAIL_DAILY_LIMIT": "100000",
            "NOTIFIER_TELEGRAM_DAILY_LIMIT": "100000",
            "NOTIFIER_SMTP_URL": self.mailbox.url,
            "NOTIFIER_SMTP_TLS": "off",
            "NOTIFIER_TELEGRAM_URL": self.bot.url,
            "NOTIFIER_TELEGRAM_TOKEN": TOKEN,
        }

    def make_user(self):
        user = User(self.stack, funds="0.00")
        user.endpoints = []
        for kind in ("all", "some"):
            # What billing tells of the user by itself is not counted.
            made = register(user, f"{self.sink.url}/{user.id}/{kind}", ACTIVE, RENEWED)
            user.endpoints.append(made)
        wanted = {"email": f"user-{user.id}@mail.example", "telegram_id": user.id}
        user.client.put("/notifications", json=wanted).raise_for_status()
        return user

    def answer(self, request):
        """Which events are refused, and how often, is the same for a seed."""
        kind = request.path.rpartition("/")[2]
        with self.lock:
            if kind == "some":
                if request.id not in self.refusals:
                    self.refusals[request.id] = self.trial.random.choice((0, 0, 0, 0, 0, 1, 2))
                if self.refusals[request.id]:
                    self.refusals[request.id] -= 1
                    return 500
            self.arrived[request.path].append((request.id, request.body))
        return 204

    def send(self):
        events = Events(self.stack.brokers())
        for number in range(self.count):
            user = self.users[number % USERS]
            server = number // USERS % SERVERS
            told = number % WORDS_EVERY == 0
            # A server of its own is known by it in what people are told.
            vps_id = 10**6 + number if told else user.id * 100 + server
            event_id = events.vps(
                user.id, vps_id, "active" if told else "renewed", batch_id=f"renew:{number}"
            )
            self.sent[event_id] = (user.id, vps_id, number)
            if told:
                self.words.add((user.id, vps_id))
        deadline = time.monotonic() + HEAL_SECONDS
        while events.producer.flush(5):
            assert time.monotonic() < deadline, "Kafka takes no events"

    def start(self):
        self.thread.start()

    def kill(self, victim):
        """kill -9, and up again; a process that waits for a dead one is left to do so."""
        self.stack.run("kill", victim)
        time.sleep(self.trial.random.uniform(0.1, 1.0))
        self.stack.run("start", victim, **self.settings())

    def accepted(self):
        with self.lock:
            return sum(len(all) for all in self.arrived.values())

    def await_accepted(self, count, seconds=HEAL_SECONDS):
        deadline = time.monotonic() + seconds
        while self.accepted() < count:
            assert time.monotonic() < deadline, f"{self.accepted()} of {count} webhooks arrived"
            time.sleep(0.01)

    # ---- what must hold

    def finish(self):
        self.thread.join()
        self.await_all()
        self.check_webhooks()
        states = self.await_notices()
        self.check_people(states)
        with self.lock:
            times = sum(len(all) for all in self.arrived.values())
        self.sink.close()
        self.mailbox.close()
        self.bot.close()
        self.stack.run("restart", "notifier")
        self.trial.note = f"{self.count} events, {times} webhooks for {2 * self.count}, {states}"

    def await_all(self):
        """INV-6 and INV-7: each event at each endpoint of its user, at least once."""
        deadline = time.monotonic() + HEAL_SECONDS
        while True:
            with self.lock:
                there = sum(len({id for id, _ in all}) for all in self.arrived.values())
            if there >= 2 * self.count:
                return
            assert time.monotonic() < deadline, f"INV-6: {2 * self.count - there} never arrived"
            time.sleep(0.1)

    def check_webhooks(self):
        for user in self.users:
            mine = {id for id, (owner, *_) in self.sent.items() if owner == user.id}
            for endpoint in user.endpoints:
                path = "/hook" + endpoint["url"].rpartition("/hook")[2]
                bodies = {}
                for event_id, body in self.arrived[path]:
                    assert bodies.setdefault(event_id, body) == body, "INV-6: one id, two bodies"
                assert set(bodies) == mine, f"INV-6: {path} heard of other events"
                self.check_order(path, bodies)

    def check_order(self, path, first_ones):
        """`first_ones` are in the order in which they were first accepted."""
        last = {}
        for event_id in first_ones:
            _, vps_id, number = self.sent[event_id]
            assert last.get(vps_id, -1) < number, f"{path}: server {vps_id} out of order"
            last[vps_id] = number

    def await_notices(self):
        """How many notices ended how, once all have."""
        deadline = time.monotonic() + HEAL_SECONDS
        owner = self.stack.settings("billing")["BILLING_OWNER_DATABASE"]
        users = [user.id for user in self.users]
        while True:
            with psycopg.connect(owner) as connection:
                states = dict(
                    connection.execute(
                        "SELECT status::text, count(*) FROM notifier.notices"
                        " WHERE user_id = ANY (%s) GROUP BY status",
                        [users],
                    ).fetchall()
                )
            if not states.keys() & {"pending", "sending"}:
                return states
            assert time.monotonic() < deadline, f"INV-7: notices in work: {states}"
            time.sleep(0.2)

    def check_people(self, states):
        """At most once after it was accepted; and who was told nothing is one nobody knows of."""
        mails, messages = collections.Counter(), collections.Counter()
        for mail in self.mailbox.mails:
            subject = next(line for line in mail.content.split(b"\r\n") if b"Subject:" in line)
            mails[mail.rcpt_tos[0], subject] += 1
        for chat, text in self.bot.messages:
            messages[chat, text.partition("\n")[0]] += 1
        for told in (mails, messages):
            assert set(told.values()) <= {1}, "a person was told twice"
        total = len(mails) + len(messages)
        known, uncertain = states.get("sent", 0), states.get("uncertain", 0)
        assert known <= total <= known + uncertain, f"{total} were told, {states}"
        assert sum(states.values()) == 2 * len(self.words), f"notices were lost: {states}"
