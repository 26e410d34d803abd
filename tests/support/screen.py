"""The screen of a machine in a browser: links to it, and what people do at it."""

import base64
import contextlib
import hashlib
import shutil
import socket
import time
from urllib.parse import parse_qs, unquote, urlsplit

from playwright.sync_api import sync_playwright

PATIENCE_S = 60
# Of the letters of a PC's text mode, and of a cursor, which blinks.
ROW_PIXELS = 16
CURSOR_PIXELS = 30
KEYS = {" ": "Space", ">": "Shift+Period"}


@contextlib.contextmanager
def chromium():
    """Debian's Chromium, with an empty profile."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        found.close()


def path_of(url):
    """Where noVNC connects to, of a console's link."""
    return unquote(parse_qs(urlsplit(url).fragment)["path"][0])


def token_of(url):
    return path_of(url).split("token=")[1]


def key_of(token):
    """What Redis knows a link by."""
    return "console:" + hashlib.sha256(token.encode()).hexdigest()


def knock(url, path):
    """The status that the proxy answers a WebSocket's request with, and what it sends then."""
    where = urlsplit(url)
    key = base64.b64encode(bytes(16)).decode()
    request = (
        f"GET /{path} HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: binary\r\n\r\n"
    )
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(request.encode())
        answer = b""
        while b"RFB 003.008" not in answer and (part := connection.recv(4096)):
            answer += part
    return int(answer.split()[1]), answer


def status_of(url, path=None):
    """403: a link that is no good; 101: it was, and is not any more."""
    return knock(url, path or path_of(url))[0]


class Screen:
    """A page of a browser that a link was opened in."""

    def __init__(self, page, url):
        self.page = page
        self.complaints = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._note(message))
        page.goto(url)

    # A refused connection is told by noVNC; what its page may not load, by the browser.
    def _note(self, message):
        if "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def shows_picture(self):
        self.page.wait_for_selector("html.noVNC_connected", timeout=PATIENCE_S * 1000)
        self.page.wait_for_selector("canvas", timeout=PATIENCE_S * 1000)

    def rows(self):
        """How many lines of text a screen of letters shows; a cursor alone is none."""
        return self.page.evaluate(
            """([height, least]) => {
                const canvas = document.querySelector("#noVNC_container canvas");
                const context = canvas.getContext("2d");
                let rows = 0;
                for (let y = 0; y + height <= canvas.height; y += height) {
                    const pixels = context.getImageData(0, y, canvas.width, height).data;
                    let ink = 0;
                    for (let i = 0; i < pixels.length; i += 4)
                        ink += pixels[i] > 64;
                    rows += ink > least;
                }
                return rows;
            }""",
            [ROW_PIXELS, CURSOR_PIXELS],
        )

    def await_rows(self, more_than):
        """Their number once there are more."""
        deadline = time.monotonic() + PATIENCE_S
        while (rows := self.rows()) <= more_than:
            assert time.monotonic() < deadline, f"{rows} lines, not more than {more_than}"
            time.sleep(0.05)
        return rows

    def type(self, text):
        """A line, key by key and at a typist's pace, on a keyboard of the United States."""
        for character in text:
            key = f"Shift+Key{character}" if character.isupper() else KEYS.get(character, character)
            self.page.keyboard.press(key, delay=15)
        self.page.keyboard.press("Enter")

    def keep(self, path):
        self.page.screenshot(path=path)
