"""Build both editions into _build/site, only what changed, and swap the finished site in whole."""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from book.assemble import assemble
from book.bilingual import LANGUAGES
from book.node import NodeError, ensure_packages
from book.offline import offer
from book.settings import BASE_URL, read_config

LOCALES = {"zh": "zh_CN", "en": "en"}
ROOT = Path(__file__).resolve().parents[1]
_PROBLEM = re.compile(
    r"^(?:(?P<path>[^:\n]*?)(?::(?P<line>\d+))?: )?(?P<kind>WARNING|ERROR|CRITICAL|SEVERE): (?P<text>.*)$"
)
_TOOLS = ("sphinx", "jupyter-book", "myst-nb", "sphinx-book-theme", "pydata-sphinx-theme", "sphinx-exercise")
_UNSEEN = {"node_modules", "__pycache__", ".ipynb_checkpoints"}


class BuildError(RuntimeError):
    """The site could not be built; the message is for people."""


@dataclass(frozen=True)
class Inputs:
    """Digests of what an edition is made of: a change of `machinery` touches every page, of `pages` only its own."""

    machinery: str
    pages: dict[str, str]

    @property
    def digest(self) -> str:
        """One digest of all."""
        return hashlib.sha256(json.dumps([self.machinery, self.pages], sort_keys=True).encode()).hexdigest()


def read_inputs(root: Path) -> Inputs:
    """Digest every file that the site depends on."""
    pages, machinery = {}, hashlib.sha256()
    for tool in _TOOLS:
        machinery.update(f"{tool} {importlib.metadata.version(tool)}\n".encode())
    machinery.update(f"{BASE_URL} {os.environ.get(BASE_URL)}\n".encode())
    files = [root / "_config.yml", root / "_toc.yml"]
    # Of the library, the figures' colors and the explorers' scripts are part of pages; both may draw on the rest.
    for folder in (root / "book", root / "chapters", root / "optimlib", Path(__file__).parent):
        files += folder.rglob("*")
    for path in sorted({path.resolve() for path in files}):
        if not path.is_file() or _UNSEEN & set(path.parts) or path.suffix in (".pyc", ".mo", ".tmp"):
            continue
        if not path.is_relative_to(root) and path.suffix == ".ipynb":
            continue  # a test's small book is built with this folder's code but has its own pages
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if path.suffix == ".ipynb":
            pages[path.relative_to(root).as_posix()] = digest
        else:
            name = path.relative_to(root if path.is_relative_to(root) else ROOT)
            machinery.update(f"{name.as_posix()} {digest}\n".encode())
    return Inputs(machinery.hexdigest(), pages)


def build(root: Path = ROOT) -> Path:
    """Build both editions of the book in `root` and return the folder of the site.

    Raises BuildError, with the former site untouched, when a page has a problem.
    """
    root = root.resolve()
    with locked(root):
        return build_locked(root)


def build_locked(root: Path) -> Path:
    """Build as `build` does, for one who holds the lock."""
    started = time.perf_counter()
    target = root / "_build"
    work, site = target / "work", target / "site"
    _restore(target)
    inputs = read_inputs(root)
    stamp = work / "inputs.json"
    former = _read_stamp(stamp)
    if former == inputs and (site / "index.html").exists():
        print(f"The site is up to date ({_seconds(started)}): {site}")
        return site
    stamp.unlink(missing_ok=True)
    fresh = former is None or former.machinery != inputs.machinery or _turned_back(root, former, inputs, work)
    try:
        ensure_packages()
        _build_editions(root, work, fresh)
        assemble(root, work, target / "site.new")
        offer(root, target / "site.new", inputs.digest)
        _swap(target)
    except NodeError as error:
        raise BuildError(str(error)) from error
    stamp.write_text(json.dumps(inputs.__dict__, indent=1), encoding="utf-8")
    changed = (
        len(inputs.pages) if fresh or former is None else sum(former.pages.get(p) != d for p, d in inputs.pages.items())
    )
    print(f"Built {changed} {'page' if changed == 1 else 'pages'} in both languages ({_seconds(started)}): {site}")
    return site


def _seconds(started: float) -> str:
    return f"{time.perf_counter() - started:.1f} s"


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Wait until no other build works on the same book; the lock ends with its process."""
    work = root / "_build" / "work"
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("a") as lock:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Another build is running; waiting for it.", file=sys.stderr, flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read_stamp(stamp: Path) -> Inputs | None:
    try:
        return Inputs(**json.loads(stamp.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _turned_back(root: Path, former: Inputs, inputs: Inputs, work: Path) -> bool:
    """Whether a page changed without becoming newer (a restored backup): Sphinx, who looks at times, would miss it."""
    built = min((path.stat().st_mtime for path in work.glob("*/.doctrees/environment.pickle")), default=0.0)
    changed = [page for page, digest in inputs.pages.items() if former.pages.get(page) != digest]
    return any((root / page).stat().st_mtime <= built for page in changed)


def _edition_config(root: Path, work: Path, language: str) -> Path:
    """Write the configuration of one edition: the book's own with the language set and paths made absolute."""
    config = read_config(root)
    sphinx = config["sphinx"]
    sphinx["config"] |= {"language": LOCALES[language], "book_editions": True}
    sphinx["local_extensions"] = {
        name: str((root / path).resolve()) for name, path in sphinx["local_extensions"].items()
    }
    path = work / f"{language}.yml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


def _build_editions(root: Path, work: Path, fresh: bool) -> None:
    """Run one process per language side by side; raise BuildError with what they complain about."""
    running: dict[str, subprocess.Popen[str]] = {}
    failed: dict[str, str] = {}
    environment = {
        **os.environ,
        "PYTHONPATH": f"{root}{os.pathsep}{ROOT}",
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
    }
    try:
        for language in LANGUAGES:
            output = work / language
            if fresh:
                shutil.rmtree(output, ignore_errors=True)
            config = _edition_config(root, work, language)
            command = [
                sys.executable,
                "-m",
                "book.edition",
                str(root),
                "--config",
                str(config),
                "--output",
                str(output),
            ]
            log = (work / f"{language}.log").open("w", encoding="utf-8")
            running[language] = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log, text=True)
            log.close()
        for language, process in running.items():
            if process.wait():
                log_text = (work / f"{language}.log").read_text(encoding="utf-8")
                failed[language] = re.sub(r"\x1b\[[\d;]*m", "", log_text)
    except BaseException:
        for language, process in running.items():
            process.terminate()
            process.wait()
            shutil.rmtree(work / language, ignore_errors=True)
        raise
    if failed:
        for language in failed:
            # Sphinx would keep what it has read and not complain about it again.
            shutil.rmtree(work / language, ignore_errors=True)
        raise BuildError(_readable(failed, root, work))


def _readable(failed: dict[str, str], root: Path, work: Path) -> str:
    """Turn the editions' logs into lines that name page, cell and reason; the same problem is told once."""
    problems: dict[str, list[str]] = {}
    for language, log in failed.items():
        found = [_describe(match, root) for line in log.splitlines() if (match := _PROBLEM.match(line))]
        # Sphinx also tells a crash in its own words; edition.py's last line has the reason.
        for problem in dict.fromkeys(found or [log.strip().splitlines()[-1] if log.strip() else "no message"]):
            problems.setdefault(problem, []).append(language)
    lines = [
        f"  {problem}" + (f" [{languages[0]} edition]" if len(languages) == 1 else "")
        for problem, languages in problems.items()
    ]
    shown = lines[:10] + ([f"  … and {len(lines) - 10} more"] if len(lines) > 10 else [])
    logs = ", ".join(str((work / f"{language}.log").relative_to(root)) for language in failed)
    return "\n".join([*shown, f"  (full log: {logs})"])


def _describe(match: re.Match[str], root: Path) -> str:
    path, line, text = match["path"], match["line"], match["text"]
    if not path:
        return text
    try:
        place = Path(path).relative_to(root).as_posix()
    except ValueError:
        place = path
    if line and int(line) >= 10000 and place.endswith(".ipynb"):
        # MyST-NB counts lines as 10000 times the cell's number plus the line in the cell.
        cell, inner = divmod(int(line), 10000)
        place += f", cell {cell}" + (f", line {inner}" if inner else "")
    elif line:
        place += f", line {line}"
    return f"{place}: {text}"


def _swap(target: Path) -> None:
    """Replace site by site.new; an interruption waits until both renames are done."""
    site, new, old = target / "site", target / "site.new", target / "site.old"
    shutil.rmtree(old, ignore_errors=True)
    interrupts: list[int] = []
    handler = None
    with contextlib.suppress(ValueError):  # only the main thread may set handlers
        handler = signal.signal(signal.SIGINT, lambda number, frame: interrupts.append(number))
    try:
        if site.exists():
            site.rename(old)
        try:
            new.rename(site)
        except OSError:
            if old.exists():
                old.rename(site)
            raise
    finally:
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
    shutil.rmtree(old, ignore_errors=True)
    if interrupts:
        raise KeyboardInterrupt


def _restore(target: Path) -> None:
    """Bring back the former site when a power cut came between the two renames."""
    if not (target / "site").exists() and (target / "site.old").exists():
        (target / "site.old").rename(target / "site")
