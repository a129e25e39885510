"""Which cases of a test run each time, and which wait for ./test --long."""

from collections.abc import Iterable
from typing import Any

import pytest


def often(cases: Iterable[Any], most: int = 1) -> list[Any]:
    """The first `most` cases as they are, the others with the mark `long`: for `pytest.mark.parametrize`."""
    return [case if n < most else pytest.param(case, marks=pytest.mark.long) for n, case in enumerate(cases)]


def among(cases: Iterable[Any], those: Iterable[Any]) -> list[Any]:
    """`those` as they are, the other cases with the mark `long`. Raises KeyError where one of `those` is no case."""
    cases, kept = list(cases), set(those)
    if not kept <= set(cases):
        raise KeyError(kept - set(cases))
    return [case if case in kept else pytest.param(case, marks=pytest.mark.long) for case in cases]
