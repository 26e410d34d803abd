"""A stand-in for Telegram's Bot API: sendMessage with its checks and its limits.

As core.telegram.org/bots/api and /bots/faq describe them: a wrong token is 401, an unknown chat
400, a chat that blocked the bot 403, more than one message a second to a chat 429 with
parameters.retry_after; every answer is {"ok":…}.
"""

import http.server
import json
import threading
import time


class BotApi:
    def __init__(self, token, per_chat_seconds=1.0):
        self.token = token
        self.per_chat_seconds = per_chat_seconds
        self.messages, self.refused = [], []
        self.unknown, self.blocked = set(), set()
        self.faults = []  # statuses to answer first, before anything is looked at
        self.drop_after_accepting = 0
        self.last = {}
        self.changed = threading.Condition()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = api.handle(self.path, body)
                if status is None:
                    self.connection.close()
                    self.close_connection = True
                    return
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, path, body):
        if path != f"/bot{self.token}/sendMessage":
            return self.refuse(401, "Unauthorized")
        if self.faults:
            return self.refuse(self.faults.pop(0), "Internal Server Error")
        message = json.loads(body)
        chat, text = message["chat_id"], message["text"]
        if chat in self.unknown:
            return self.refuse(400, "Bad Request: chat not found")
        if chat in self.blocked:
            return self.refuse(403, "Forbidden: bot was blocked by the user")
        if not 1 <= len(text) <= 4096:
            return self.refuse(400, "Bad Request: message text is empty or too long")
        return self.take(chat, text)

    def take(self, chat, text):
        now = time.monotonic()
        with self.changed:
            if now - self.last.get(chat, -1e9) < self.per_chat_seconds:
                self.refused.append(429)
                answer = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
                return 429, {**answer, "parameters": {"retry_after": 1}}
            self.last[chat] = now
            self.messages.append((chat, text))
            self.changed.notify_all()
            if self.drop_after_accepting:
                self.drop_after_accepting -= 1
                return None, None
        result = {"message_id": len(self.messages), "chat": {"id": chat}, "text": text}
        return 200, {"ok": True, "result": result}

    def refuse(self, status, description):
        with self.changed:
            self.refused.append(status)
            self.changed.notify_all()
        return status, {"ok": False, "error_code": status, "description": description}

    def wait(self, enough, seconds=30):
        deadline = time.monotonic() + seconds
        with self.changed:
            while not enough(self.messages):
                left = deadline - time.monotonic()
                assert left > 0, (self.messages, self.refused)
                self.changed.wait(left)
            return list(self.messages)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
