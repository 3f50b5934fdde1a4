"""A progress bar for people who watch: nothing of it is left in files, logs, or stored notebook outputs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress_bar(show: bool | None, total: int, done: int = 0) -> Iterator[Callable[[str], None]]:
    """Yields advance(text), to be called after each of `total` epochs, of which `done` are over.

    show: True, False, or None: only where someone watches, see `interactive`, and tqdm is installed.
    """
    if not (interactive() if show is None else show):
        yield lambda text: None
        return
    try:
        from tqdm import tqdm  # type: ignore[import-untyped]  # loaded only when used
    except ImportError:
        if show:
            raise
        yield lambda text: None
        return

    file = NotebookLine() if _kernel() else sys.stderr
    # The delay spares short runs the flicker.
    with tqdm(total=total, initial=done, unit="epoch", file=file, leave=False, ncols=79, delay=0.5) as bar:

        def advance(text: str) -> None:
            bar.set_postfix_str(text, refresh=False)
            bar.update()

        yield advance


def interactive() -> bool:
    """Whether a person watches: standard error is a terminal, or a notebook's front end takes keyboard input.

    Programs that execute notebooks (nbclient, nbconvert, nbval) say that they cannot answer input(): this tells them
    from a reader, and their outputs are the ones that are stored.
    """
    kernel = _kernel()
    if kernel is None:
        return sys.stderr is not None and sys.stderr.isatty()
    return bool(kernel.get_parent("shell").get("content", {}).get("allow_stdin", False))


class NotebookLine:
    """A file for tqdm: one line of output that is replaced, and empty in the end, so that saving keeps no bar."""

    encoding = "utf-8"
    _handle: Any = None

    def write(self, text: str) -> None:
        from IPython.display import display

        line = {"text/plain": text.strip("\r\n ")}
        if self._handle is None:
            self._handle = display(line, raw=True, display_id=True)
        else:
            self._handle.update(line, raw=True)

    def flush(self) -> None:
        """Nothing is held back."""


def _kernel() -> Any:
    """The Jupyter kernel that this runs in, if any."""
    ipython = sys.modules.get("IPython")
    return getattr(ipython.get_ipython() if ipython else None, "kernel", None)
