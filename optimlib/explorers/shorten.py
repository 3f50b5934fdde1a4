"""Gives the variables of a script short names, scope by scope.

It knows the JavaScript of js/, no more: statements end with a semicolon; there are no labels, no getters, no `var`.
Properties keep their names: `.name`, and `name:` or a method in an object or class stay; { name } becomes { name: a }.
"""

from __future__ import annotations

import itertools
import re
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from optimlib.explorers.minify import tokens

_KEYWORDS = (
    "async await break case catch class const constructor continue default delete do else extends false finally for "
    "function if in instanceof let new null of return static super switch this throw true try typeof undefined void "
    "while yield"
)
# What js/ takes from the browser. A name that is neither declared nor listed here is an error.
_GLOBALS = (
    "AbortController Array Boolean Float64Array Infinity Int8Array IntersectionObserver JSON Map Math MutationObserver "
    "NaN Number Object Promise ResizeObserver Set String Uint32Array Uint8Array WeakMap addEventListener "
    "cancelAnimationFrame clearTimeout console decodeURIComponent document encodeURI getComputedStyle "
    "globalThis history location matchMedia navigator optimlibExplorers performance requestAnimationFrame window"
)
KEYWORDS, GLOBALS = frozenset(_KEYWORDS.split()), frozenset(_GLOBALS.split())
_NAME = re.compile(r"[A-Za-z_$\u0080-\uffff]")
_OPENING, _CLOSING = ("(", "[", "{", "${"), (")", "]", "}")  # the last may have text of a template behind it
# Behind these a brace opens an object or a pattern; elsewhere a class or a block.
_BEFORE_OBJECT = ("(", "[", ",", "=", ":", "?", "&", "|", "...", "${", "return", "const", "let")
# Behind these a pattern binds names, by the bracket in which they stand.
_BEFORE_NAME = {"(": ("(", ","), "[": ("[", ","), "object": ("{", ",", ":"), "block": (",",)}


@dataclass(eq=False)
class _Scope:
    """A part of the script, up to the token with the number `end`, in which the names `own` are declared."""

    parent: _Scope | None
    end: int
    own: set[str] = field(default_factory=set)
    # How often it and the scopes in it use each variable: a name and the scope that declares it.
    seen: Counter[tuple[str, _Scope | None]] = field(default_factory=Counter)
    short: dict[str, str] = field(default_factory=dict)


@dataclass
class _Bracket:
    """kind: a sign, or "block", "class", "object".  binds: where the names of a pattern or declaration go."""

    kind: str
    binds: _Scope | None = None


def shorten(text: str) -> str:
    """The script with short names for all its variables, and `let` for `const`.

    Raises ValueError for a name that is declared nowhere.
    """
    out = list(_pieces(text))
    marks = [at for at, token in enumerate(out) if not token.isspace()]
    scopes, uses = _read([out[at] for at in marks])
    homes = {at: _count(scope, name) for at, (scope, name, _) in uses.items()}
    if unknown := {uses[at][1] for at, home in homes.items() if home is None} - GLOBALS:
        raise ValueError(f"variables must be declared or in GLOBALS, got {', '.join(sorted(unknown))}")
    for scope in scopes:  # outer ones first
        taken = {home.short[name] if home else name for name, home in scope.seen if home is not scope}
        fresh = (name for name in _names() if name not in taken and name not in KEYWORDS)
        own = sorted(scope.own, key=lambda name: (-scope.seen[name, scope], name))
        scope.short = dict(zip(own, fresh, strict=False))
    for at, home in homes.items():
        if home:
            _, name, shorthand = uses[at]
            out[marks[at]] = f"{name}:{home.short[name]}" if shorthand else home.short[name]
    return "".join("let" if token == "const" else token for token in out)


def _count(scope: _Scope, name: str) -> _Scope | None:
    """The scope that declares the name, seen from `scope`; all on the way note that they use it."""
    way = [scope]
    while name not in way[-1].own and way[-1].parent:
        way.append(way[-1].parent)
    home = way[-1] if name in way[-1].own else None
    for passed in way:
        passed.seen[name, home] += 1
    return home


def _names() -> Iterator[str]:
    for length in itertools.count(1):
        yield from map("".join, itertools.product(string.ascii_letters, repeat=length))


def _pieces(text: str) -> Iterator[str]:
    """Tokens and space. A template comes in parts: `text, ${, the tokens in between, }text, and so on."""
    for _, token in tokens(text):
        if token[0] != "`":
            yield token
            continue
        at = 0
        while (start := token.find("${", at)) >= 0:
            yield from (token[at:start], "${")
            at, depth = start + 2, 1
            for piece in _pieces(token[at:]):
                depth += (piece in ("{", "${")) - (piece[0] == "}")
                if not depth:
                    break
                yield piece
                at += len(piece)
        yield token[at:]


def _read(code: list[str]) -> tuple[list[_Scope], dict[int, tuple[_Scope, str, bool]]]:
    """All scopes; and by the numbers of tokens that are variables, their scope, name, and whether it is a shorthand."""
    partner = _partners(code)
    scope = _Scope(None, len(code))
    scopes, brackets, uses = [scope], [_Bracket("block")], dict[int, tuple[_Scope, str, bool]]()
    last, is_class = "", False

    def begin(end: int) -> _Scope:
        scopes.append(_Scope(scope, end))
        return scopes[-1]

    for at, token in enumerate(code):
        while scope.end <= at and scope.parent:
            scope = scope.parent
        top, after = brackets[-1], code[at + 1] if at + 1 < len(code) else ""
        binding = top.binds if last in ("const", "let", "...", *_BEFORE_NAME.get(top.kind, ())) else None
        if token == "(":
            inside = None
            behind = partner[at] + 1
            if code[behind] == "=>" or (code[behind] == "{" and last not in ("if", "for", "while", "switch")):
                scope = inside = begin(_body(code, partner, behind))
            elif last == "for":
                scope = begin(_statement(code, partner, behind))
            brackets.append(_Bracket(token, inside))
        elif token == "{":
            kind = "class" if is_class else "object" if last in _BEFORE_OBJECT else "block"
            is_class = False
            brackets.append(_Bracket(kind, binding if kind == "object" else None))
            if kind == "block" and scope.end != partner[at]:  # a function's body shares the scope of its parameters
                scope = begin(partner[at])
        elif token in _OPENING:
            brackets.append(_Bracket(token, binding))
        elif token[0] in _CLOSING:
            brackets.pop()
        elif token in ("const", "let", ";"):
            top.binds = None if token == ";" else scope
        elif token == "class" and after != ":":
            is_class = True
        elif _NAME.match(token) and token not in KEYWORDS and last != "." and top.kind != "class":
            key = top.kind == "object" and last in ("{", ",", "async")
            if not (key and after in (":", "(")):
                if after == "=>":
                    scope = binding = begin(_body(code, partner, at + 1))
                elif last in ("function", "class"):
                    binding = scope
                if binding:
                    binding.own.add(token)
                uses[at] = scope, token, key
        last = "..." if token == "." and last in (".", "..", "...") else token
    return scopes, uses


def _partners(code: list[str]) -> dict[int, int]:
    """Where each opening bracket is closed."""
    found, waiting = {}, []
    for at, token in enumerate(code):
        if token in _OPENING:
            waiting.append(at)
        elif token[0] in _CLOSING:
            found[waiting.pop()] = at
    return found


def _body(code: list[str], partner: dict[int, int], at: int) -> int:
    """Where a function ends whose body begins at the brace or arrow."""
    if code[at] == "=>":
        at += 1
    if code[at] == "{":
        return partner[at]
    choices = 0  # a ? b : c
    while not (code[at][0] in (",", ";", *_CLOSING) or (code[at] == ":" and not choices)):
        if code[at] == "?" and code[at + 1] not in (".", "?") and code[at - 1] != "?":
            choices += 1
        elif code[at] == ":":
            choices -= 1
        at = partner.get(at, at) + 1
    return at


def _statement(code: list[str], partner: dict[int, int], at: int) -> int:
    """Where the statement ends that begins there."""
    if code[at] == "{":
        return partner[at]
    if code[at] in ("if", "for", "while"):
        end = _statement(code, partner, partner[at + 1] + 1)
        return _statement(code, partner, end + 2) if code[end + 1] == "else" else end
    while code[at][0] not in (";", *_CLOSING):
        at = partner.get(at, at) + 1
    return at
