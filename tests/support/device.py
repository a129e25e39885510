"""A device that sends late: plain HTTP to a real server, the JSON side of the one endpoint, retries with the same op_id."""

import http.client
import json
import re
import urllib.parse
from typing import Any

FORM = "application/x-www-form-urlencoded"


class NoAnswer(Exception):
    """The connection broke, or what came back is no answer to this operation."""


class Device:
    """One signed-in device. cookie: "name=value" of its session."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie, self.token = port, cookie, ""

    def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "", accept: str = "text/html"
    ) -> tuple[int, str]:
        """One request: (status, text of the answer). NoAnswer where none came. kind: the type of the body."""
        headers = {"Cookie": self.cookie, "Accept": accept}
        if kind:
            headers["Content-Type"] = kind
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            if given := answer.getheader("Set-Cookie"):
                self.cookie = given.partition(";")[0]
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(str(error)) from error
        finally:
            connection.close()

    def sign(self) -> None:
        """Get the token of this session from a page."""
        status, page = self.ask("GET", "/fiches/new")
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if status != 200 or found is None:
            raise NoAnswer(f"no form: {status}")
        self.token = found[1]

    def post(self, path: str, fields: dict[str, str], *, lose: bool = False) -> tuple[int, dict[str, Any]]:
        """One operation: (status, JSON). NoAnswer where nothing that is JSON came back.

        lose: the answer is lost on its way, as at the entrance of a tunnel.
        """
        if not self.token:
            self.sign()
        body = urllib.parse.urlencode({**fields, "csrf_token": self.token})
        status, text = self.ask("POST", path, body.encode(), FORM, "application/json")
        if lose:
            raise NoAnswer("lost")
        try:
            return status, json.loads(text)
        except ValueError as error:
            raise NoAnswer(f"{status}: {text[:80]}") from error
