"""A real SMTP server that keeps what it accepts."""

import email
import email.policy
import threading
import time

from aiosmtpd.controller import Controller


class Mailbox:
    """`answers` are said to the next messages instead of accepting them."""

    def __init__(self, port):
        self.mails, self.answers = [], []
        self.changed = threading.Condition()
        self.url = f"smtp://127.0.0.1:{port}"
        self.controller = Controller(self, hostname="127.0.0.1", port=port, ready_timeout=20)
        self.controller.start()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        with self.changed:
            answer = self.answers.pop(0) if self.answers else "250 accepted"
            if answer.startswith("250"):
                self.mails.append(envelope)
            self.changed.notify_all()
        return answer

    def wait(self, enough, seconds=30):
        deadline = time.monotonic() + seconds
        with self.changed:
            while not enough(self.mails):
                left = deadline - time.monotonic()
                assert left > 0, self.mails
                self.changed.wait(left)
            return list(self.mails)

    def of(self, address, count=1):
        """The mails to an address, read, once there are so many."""
        chosen = self.wait(lambda all: sum(address in mail.rcpt_tos for mail in all) >= count)
        return [
            email.message_from_bytes(mail.content, policy=email.policy.default)
            for mail in chosen
            if address in mail.rcpt_tos
        ]

    def close(self):
        self.controller.stop()
