"""A person with a browser and an authenticator app: becomes the first administrator, and lets machines in."""

import base64
import hashlib
import hmac
import struct
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urljoin

from .shell import Failed, run

PASSWORD = "four words of the test"


def code(seed: str, now: float) -> str:
    """The code of this moment (RFC 6238)."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(now) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Page(HTMLParser):
    """Heading, and the form of the page's middle."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.heading = ""
        self.action = ""
        self.hidden: dict[str, str] = {}
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in ("main", "h1", "form"):
            self._inside.append(tag)
        if "main" not in self._inside:
            return
        if tag == "form" and not self.action:
            self.action = attributes.get("action", "")
        elif tag == "input" and attributes.get("type") == "hidden" and "form" in self._inside:
            self.hidden.setdefault(attributes["name"], attributes.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if "h1" in self._inside:
            self.heading += data


class Person:
    """Browses from a namespace; cookies are in a file."""

    def __init__(self, namespace: str, url: str, folder: Path) -> None:
        self._words = ["ip", "netns", "exec", namespace, "curl", "-sS", "-L", "-m", "10"]
        self._words += ["-b", str(folder / "cookies"), "-c", str(folder / "cookies")]
        self._url = url

    def open(self, url: str) -> Page:
        return self._read(url)

    def submit(self, page: Page, filled_in: dict[str, str]) -> Page:
        if not page.action:
            raise Failed(f"a page without a form: {page.heading}")
        fields = urlencode(page.hidden | filled_in)
        return self._read(urljoin(self._url, page.action), "-H", f"Origin: {self._url}", "--data-raw", fields)

    def _read(self, url: str, *more: str) -> Page:
        page = Page(run(*self._words, *more, url).stdout)
        if not page.heading:
            raise Failed(f"{url} is no page")
        return page

    def become_administrator(self, link: str) -> None:
        page = self.open(link)
        answer = {"login_name": "alice", "password": PASSWORD, "password_again": PASSWORD}
        self.submit(page, answer | {"code": code(page.hidden["seed"], time.time())})

    def let_in(self, link: str) -> str:
        """The heading of the page that says what came of it."""
        question = self.open(link)
        if question.heading != "Let this device in?":
            raise Failed(f"the link leads to: {question.heading}")
        return self.submit(question, {"decision": "let-in"}).heading
