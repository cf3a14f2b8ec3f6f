"""Runs in a container beside Goufu's: gives an identity provider's keys, and takes payment orders, one line each on
standard output."""

import http.server
import pathlib


class Outside(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        keys = pathlib.Path(__file__).with_name("jwks.json")
        self._answer(200, keys.read_bytes()) if self.path == "/jwks.json" else self._answer(404)

    def do_POST(self) -> None:
        order = self.rfile.read(int(self.headers["content-length"]))
        print("order", self.headers.get("authorization"), order.decode(), flush=True)
        self._answer(200)

    def _answer(self, status: int, body: bytes = b"{}") -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: only orders are told."""


http.server.ThreadingHTTPServer(("", 8000), Outside).serve_forever()
