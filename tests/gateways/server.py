"""A program that listens on loopback during a test, and requests to it."""

import http.client
import subprocess
import time


class Client:
    """A server on a port of loopback."""

    def __init__(self, port):
        self.port = port

    def get(self, token):
        """The status, the headers and the text of a response; without a token, no Authorization header is sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", "/", headers={} if token is None else {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text


class Server(Client):
    """Starts the program with these arguments, and always ends it."""

    def __init__(self, arguments, port, log):
        super().__init__(port)
        self.arguments, self.log = arguments, log

    def __enter__(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.get(None)
                return self
            except OSError:
                time.sleep(0.05)
        self.__exit__()
        with open(self.log, encoding="utf-8", errors="replace") as log:
            raise RuntimeError(f"{self.arguments[0]} does not answer: {log.read()}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
