"""List the links that leave the site, and what is wrong with their form: `python -m book links`.

Nothing is asked of the network: a test that needs other hosts fails for reasons that are not the book's.
"""

import html
import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

_LINK = re.compile(r'<a\b(?:[^>"]|"[^"]*")*?\shref="([^"]*)"')
# Parameters that follow readers around and lead nowhere.
_TRACKERS = re.compile(r"^(?:utm_\w+|fbclid|gclid|msclkid|mc_[ce]id|igshid|spm|share_\w+|ref|ref_src|source)$")


def external_links(site: Path) -> dict[str, list[str]]:
    """Return the addresses of other sites, each with the pages that link to it, such as `en/book/home`."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(site.rglob("*.html")):
        for address in _LINK.findall(path.read_text(encoding="utf-8")):
            if re.match(r"(?:[a-z][a-z0-9+.-]*:|//)", address, re.I):
                found[html.unescape(address)].add(path.relative_to(site).with_suffix("").as_posix())
    return {address: sorted(pages) for address, pages in sorted(found.items())}


def faults(address: str) -> list[str]:
    """Return what is wrong with the form of an address."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        return [f"does not parse: {error}"]
    wrong = []
    if parts.scheme != "https":
        wrong.append("is not https")
    if not re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", host):
        wrong.append("names no host")
    if parts.username or parts.port:
        wrong.append("has a user or a port")
    if re.search(r"[^!-~]|[<>\"{}|\\^`]", address):
        wrong.append("has characters that addresses spell with %")
    if re.search(r"[.,;:!?]$", address) or address.count("(") != address.count(")"):
        wrong.append("ends with a mark of its sentence")
    followers = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if _TRACKERS.match(name)]
    if followers:
        wrong.append(f"follows readers ({', '.join(followers)})")
    return wrong


def plain(address: str) -> str:
    """Return what addresses of the same page have in common."""
    parts = urlsplit(address)
    host = re.sub(r"^(?:www|dx)\.", "", (parts.hostname or "").lower())
    path = re.sub(r"(?:/|/index\.html|\.pdf)$", "", parts.path)
    path = re.sub(r"^/pdf/", "/abs/", path) if host == "arxiv.org" else path
    return f"{host}{path.lower() if host == 'doi.org' else path}?{parts.query}#{parts.fragment}"


def all_faults(links: dict[str, list[str]]) -> list[str]:
    """Return a line for each fault: of an address, and of two spellings of one page."""
    lines = [f"{address} {reason}" for address in links for reason in faults(address)]
    spellings = defaultdict(list)
    for address in links:
        spellings[plain(address)].append(address)
    lines += [f"{' and '.join(same)} are one page" for same in spellings.values() if len(same) > 1]
    return lines


def report(site: Path) -> tuple[str, list[str]]:
    """Return the list for people, and the faults."""
    links = external_links(site)
    pages = {address: ", ".join(pages) for address, pages in links.items()}
    hosts = {urlsplit(address).hostname for address in links}
    lines = [f"{address}\n    {where}" for address, where in pages.items()]
    return "\n".join([*lines, f"{len(links)} addresses on {len(hosts)} hosts"]), all_faults(links)
