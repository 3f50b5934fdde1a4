"""Serve the finished site on this machine only, and open it where there is a browser."""

import os
import sys
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"


class ServeError(RuntimeError):
    """The site could not be served; the message says what to do."""


class Handler(SimpleHTTPRequestHandler):
    """Files with the right types (some machines' registries have wrong ones), never cached, quiet about success."""

    extensions_map = {  # noqa: RUF012 (the base class says so)
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".css": "text/css",
        ".svg": "image/svg+xml",
        ".woff2": "font/woff2",
        ".json": "application/json",
        ".ipynb": "application/x-ipynb+json",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # a rebuilt page shows at once
        super().end_headers()

    def guess_type(self, path: Any) -> str:
        kind = super().guess_type(path)
        return f"{kind}; charset=utf-8" if kind in ("text/html", "text/javascript", "text/css") else kind

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        if str(getattr(code, "value", code)) >= "400":
            super().log_request(code, size)


class Server(ThreadingHTTPServer):
    """A server that doesn't share its port and doesn't complain when a browser hangs up."""

    allow_reuse_address = os.name != "nt"  # on Windows it would let two servers have one port
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def make_server(site: Path, port: int, handler: type[Handler] = Handler) -> Server:
    """Return a server of the folder `site` that listens on 127.0.0.1; port 0 takes any free one."""
    try:
        return Server((HOST, port), partial(handler, directory=str(site)))
    except OSError as error:
        raise ServeError(
            f"Port {port} is in use or not allowed ({error.strerror}). "
            f"Choose another one: make serve PORT={port + 1}   or   python -m book serve --port {port + 1}"
        ) from error


def parse_port(text: str) -> int:
    """Return a port number; raise ServeError when the text isn't one."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ServeError(f"PORT={text!r}: expected a number from 1 to 65535")
    return int(text)


def has_browser() -> bool:
    """Whether opening a page makes sense: somebody sits at a display and this is no test run."""
    if os.environ.get("CI") or not sys.stdout.isatty():
        return False
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def serve(site: Path, server: Server, browser: bool = True) -> None:
    """Serve until Ctrl-C."""
    address = f"http://{HOST}:{server.server_port}/"
    print(f"The book is open at {address}   (Ctrl-C ends)", flush=True)
    if browser and has_browser():
        webbrowser.open(address)
    with server:
        server.serve_forever()
