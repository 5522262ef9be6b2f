"""The load that benchmarks send: what counts as an answer, and that it counts all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat

import pytest

from benchmarks import load


class Handler(BaseHTTPRequestHandler):
    """Sends back what it is sent: by its length, or in chunks."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500 if self.path == "/broken" else 200)
        if self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (body[:3], body[3:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("path", ["/length", "/chunks"])
def test_an_answer_is_read_whole_however_it_is_framed(port: int, path: str) -> None:
    body = b'{"data": {"name": "' + "校园".encode() * 400 + b'"}}'

    assert load.ask(port, load.request(path, body, {})) == body


def test_an_answer_with_errors_is_no_answer(port: int) -> None:
    with pytest.raises(load.BadAnswer, match="too many"):
        load.ask(port, load.request("/length", b'{"errors": [{"message": "too many"}]}', {}))


def test_an_answer_that_is_not_200_is_no_answer(port: int) -> None:
    with pytest.raises(load.BadAnswer, match="500"):
        load.ask(port, load.request("/broken", b"{}", {}))


def test_a_stretch_of_load_counts_what_came_between_its_two_looks(port: int) -> None:
    looks: list[str] = []

    done = load.drive(
        port,
        repeat(load.request("/length", b'{"data": 1}', {})),
        connections=3,
        seconds=0.05,
        warm=0.01,
        at_least=5,
        at_most=5.0,
        begin=lambda: looks.append("begin"),
        end=lambda: looks.append("end"),
    )

    assert looks == ["begin", "end"]
    assert done.answers >= 5
    assert done.body_bytes == len(b'{"data": 1}')
    assert 0 < done.quantile(0.5) <= done.quantile(0.99)
