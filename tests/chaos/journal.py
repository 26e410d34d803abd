"""What clients tried and what they heard, written before and after each attempt, so that a client
that dies leaves its attempt behind as one with an unknown outcome."""

import json
import threading


class Journal:
    def __init__(self, path):
        self.file = path.open("a", buffering=1)
        self.lock = threading.Lock()
        # key → the user that asked, and the answers heard so far
        self.attempts = {}
        # (vps_id, method and path, status, body) of orders to servers, None where nobody heard
        self.orders = []

    def write(self, **entry):
        with self.lock:
            self.file.write(json.dumps(entry) + "\n")

    def begin(self, key, user_id):
        self.write(event="begin", key=key, user_id=user_id)
        with self.lock:
            self.attempts.setdefault(key, {"user_id": user_id, "answers": []})

    def heard(self, key, status, body):
        self.write(event="heard", key=key, status=status, body=body)
        with self.lock:
            self.attempts[key]["answers"].append((status, body))

    def lost(self, key, reason):
        self.write(event="lost", key=key, reason=reason)

    def order(self, vps_id, method, path):
        self.write(event="order", vps_id=vps_id, method=method, path=path)
        with self.lock:
            self.orders.append((vps_id, f"{method} {path}", None, None))
            return len(self.orders) - 1

    def ordered(self, number, status, body):
        with self.lock:
            self.orders[number] = (*self.orders[number][:2], status, body)
        self.write(event="ordered", number=number, status=status, body=body)

    def unknown(self):
        """Keys without a final answer: nobody knows whether they bought."""
        return [key for key, attempt in self.attempts.items() if not final_answers(attempt)]


def final_answers(attempt):
    """Answers that are stored and never change: accepted, or refused by the rules of the domain."""
    return [answer for answer in attempt["answers"] if answer[0] in (201, 202, 402, 422)]
