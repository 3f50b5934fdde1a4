"""Which formula has which check: one module per part of the book, each with a dict CHECKS from label to check."""

from formula_checks import part03_algorithms

PARTS = (part03_algorithms,)


def all_checks() -> dict:
    """The checks of all parts; a label that two parts check is an error."""
    checks: dict = {}
    for part in PARTS:
        twice = checks.keys() & part.CHECKS.keys()
        if twice:
            raise ValueError(f"{part.__name__} checks {', '.join(sorted(twice))}, which another part checks already")
        checks |= part.CHECKS
    return checks
