"""What is said to a mistake, whole."""

from collections.abc import Callable
from typing import Any

import pytest


def message_of(kind: type[Exception], call: Callable[[], Any]) -> str:
    """The text of the error of this kind that a call ends in."""
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)
