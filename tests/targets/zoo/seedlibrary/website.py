"""The website: the catalogue over HTTP, on loopback in the tests."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    catalogue = {"borlotti": {"packets": 3}, "painted-lady": {"packets": 0}}

    def do_GET(self):
        if self.path == "/":
            self._answer(200, {"seeds": sorted(self.catalogue)})
        elif self.path.startswith("/seed/"):
            entry = self.catalogue.get(self.path[len("/seed/") :])
            self._answer(200 if entry else 404, entry)
        elif self.path.startswith("/share/"):
            entry = self.catalogue[self.path[len("/share/") :]]
            try:
                self._answer(200, {"share": 12 / entry["packets"]})
            except ZeroDivisionError:
                self._answer(500, {"error": "internal"})
        elif self.path == "/export":
            raise RuntimeError("no exporter")
        else:
            self._answer(404, None)

    def _answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class QuietServer(HTTPServer):
    def handle_error(self, request, client_address):
        pass


class Website:
    def __init__(self):
        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = "http://127.0.0.1:{}".format(self.port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def login(name, password):
    """-> (status, words for the person)."""
    if password != "compost":
        return 403, "access denied for {}".format(name)
    return 200, "welcome, {}".format(name)
