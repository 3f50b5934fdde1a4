"""Checkpoints: a run's state in one .npz file, written in one piece, and read back to the last bit.

Nothing is pickled, so that a file from elsewhere cannot run code.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
import os
import tempfile
import zipfile
from dataclasses import fields, is_dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = "optimlib checkpoint 1"


# What a run changes, in the order of _Run.begin; histories are kept as one array each.
CHANGING = ("theta", "optimizer_state", "running", "epoch", "t", "diverged_at", "stopped", "best")
HISTORIES = ("curves", "step_loss")


class RunFile:
    """The checkpoint of a run of `fit`. What changes goes in; what stays must be the same when the run goes on."""

    def __init__(self, path: str | PathLike[str], run: Any, start: Any) -> None:
        self.path, self.run = Path(path), run
        parts = {
            "model": run.model,
            "optimizer": run.optimizer,
            "data": {name: getattr(run.data, name) for name in ("X", "y", "X_validation", "y_validation")},
            "start": start,
            "batch_size": run.batches,
            "seed": run.seed,
            "metrics": run.metrics,
            "early_stopping": run.stopping,
            "record_steps": run.record_steps,
        }
        self.identity = {name: describe(part) for name, part in parts.items()}

    def save(self) -> None:
        """Write the run as it is now."""
        content = {name: getattr(self.run, name) for name in CHANGING}
        content |= {name: np.array(getattr(self.run, name)) for name in HISTORIES}
        save(self.path, self.identity, content | {"rng": self.run.rng.bit_generator.state})

    def load(self, epochs: int) -> bool:
        """Put the run where the file left it; False where there is no file."""
        content = load(self.path, self.identity)
        if content is None:
            return False
        if content["epoch"] > epochs:
            raise ValueError(f"epochs must be at least the {content['epoch']} in {str(self.path)!r}, got {epochs!r}")
        self.run.rng = np.random.default_rng(self.run.seed)
        self.run.rng.bit_generator.state = content.pop("rng")
        for name, value in content.items():
            setattr(self.run, name, list(value) if name in HISTORIES else value)
        return True


def save(path: Path, identity: dict[str, str], content: dict[str, Any]) -> None:
    """Write `content` (numbers, strings, arrays, and dicts, lists, and tuples of them) for a run with this identity.

    The file appears complete or not at all: it is written beside the old one, which it then replaces.
    """
    arrays: dict[str, np.ndarray] = {}
    header = json.dumps({"format": FORMAT, "identity": identity, "content": _encode(content, arrays)})
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, header=np.array(header), **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name with no content
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def load(path: Path, identity: dict[str, str]) -> dict[str, Any] | None:
    """The content for a run with this identity; None where there is no file yet.

    ValueError where the folder is missing, the file is not a checkpoint, or it is that of another run.
    """
    if not path.parent.is_dir():
        raise ValueError(f"checkpoint must be a file in an existing folder, got {str(path)!r}")
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            header = json.loads(str(file["header"]))
            if header["format"] != FORMAT:
                raise ValueError(header["format"])
            arrays = {name: file[name] for name in file.files}
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"checkpoint must be a new file or one that fit has written, got {str(path)!r}; it is left as it is"
        ) from error
    for name, mine in identity.items():
        if header["identity"].get(name) != mine:
            raise ValueError(
                f"checkpoint {str(path)!r} belongs to a run with another {name}: "
                f"{_short(header['identity'].get(name))}, but this run has {_short(mine)}"
            )
    return _decode(header["content"], arrays)


def describe(value: Any) -> str:
    """What a value is, in one line that is the same in every process; arrays and functions by a digest."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return repr(value)
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}#{_digest(np.ascontiguousarray(value).tobytes())}"
    if isinstance(value, list | tuple):
        return f"({', '.join(map(describe, value))})"
    if isinstance(value, dict):
        return _call("", value)
    if isinstance(value, type):
        return value.__qualname__
    if isinstance(value, functools.partial):
        return _call("partial", {"func": value.func, "args": value.args, "keywords": value.keywords})
    if inspect.ismethod(value):
        return _call("method", {"func": value.__func__, "self": value.__self__})
    if hasattr(value, "__code__"):
        code, cells = value.__code__, [cell.cell_contents for cell in value.__closure__ or ()]
        constants = [c for c in code.co_consts if not hasattr(c, "co_code")]
        parts = [constants, list(code.co_names), cells, list(value.__defaults__ or ())]
        return f"{value.__qualname__}#{_digest(code.co_code + describe(parts).encode())}"
    if is_dataclass(value):
        return _call(type(value).__qualname__, {f.name: getattr(value, f.name) for f in fields(value)})
    if callable(value) and hasattr(value, "__name__"):  # built in
        return str(value.__name__)
    return _call(type(value).__qualname__, getattr(value, "__dict__", {}))


def _call(name: str, items: dict[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={describe(value)}' for key, value in items.items())})"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _short(text: Any) -> str:
    text = str(text)
    return text if len(text) <= 160 else text[:157] + "…"


def _encode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """The value as JSON, each array by the name under which it goes into `arrays`."""
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, np.generic)):
        return value  # JSON holds floats by their shortest digits, which round-trip exactly
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: _encode(item, arrays) for key, item in value.items()}}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [_encode(item, arrays) for item in value]}
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc":
        name = f"array{len(arrays)}"
        arrays[name] = np.asarray(value)
        return {"array" if isinstance(value, np.ndarray) else "scalar": name}
    raise TypeError(f"a checkpoint must hold numbers, strings, arrays, and dicts or lists of them, got {value!r}")


def _decode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    match kind:
        case "dict":
            return {key: _decode(item, arrays) for key, item in content.items()}
        case "list":
            return [_decode(item, arrays) for item in content]
        case "tuple":
            return tuple(_decode(item, arrays) for item in content)
        case "array":
            return arrays[content]
        case _:
            return arrays[content][()]
