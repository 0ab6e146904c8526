"""When a call is sent again (docs/errors.md)."""

from __future__ import annotations

import random
import time

from .errors import HoldfastError, UnavailableError

_ATTEMPTS_MAX = 5


class Attempts:
    """The attempts at one call.

    A lost connection is tried again until `wait` seconds have passed without one; a refusal that says when to come back
    up to five times in all; anything else never, and nothing that the schema does not call idempotent.

    Who watches is sent away by a controller that ends or begins, which is as if it were lost, and waits for a place among
    its streams for as long as it takes.
    """

    def __init__(self, repeatable: bool, wait: float, deadline: float | None = None, *, watches: bool = False) -> None:
        self._repeatable = repeatable
        self._wait = wait
        self._watches = watches
        self._end = None if deadline is None else time.monotonic() + deadline
        self.restart()

    def restart(self) -> None:
        """Something was answered: what fails from now on counts from the start."""
        self._refused = 0
        self._lost = 0
        self._lost_since: float | None = None

    def left(self) -> float | None:
        """Seconds that are left of the deadline; None without one."""
        return None if self._end is None else max(self._end - time.monotonic(), 0.001)

    def pause(self, error: HoldfastError) -> float:
        """Seconds to wait before the next attempt; raises `error` if there is none."""
        pause = self._choose_pause(error) if self._repeatable else None
        if pause is None or (self._end is not None and time.monotonic() + pause >= self._end):
            raise error
        return pause

    def _choose_pause(self, error: HoldfastError) -> float | None:
        is_away = isinstance(error, UnavailableError) and (self._watches or error.retry_after is None)
        if is_away:
            now = time.monotonic()
            self._lost_since = now if self._lost_since is None else self._lost_since
            self._lost += 1
            if now - self._lost_since >= self._wait:
                return None
            return (error.retry_after or 0.0) + random.uniform(0.05, min(0.1 * 2**self._lost, 2.0))
        if error.retry_after is None:
            return None
        self._lost, self._lost_since = 0, None
        self._refused += 1
        if self._refused >= _ATTEMPTS_MAX and not self._watches:
            return None
        return error.retry_after + random.uniform(0, 0.1 * 2 ** min(self._refused, 5))
