"""A bar for a run (needs the extra `progress`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .runs import Ended, Event, Measured, Noted, Progressed, Queued, StateChanged, StepApplied

if TYPE_CHECKING:
    from tqdm import tqdm


class ProgressBar:
    """Shows events of a run by tqdm: its steps, and before them what is being prepared. Does nothing if not wanted."""

    def __init__(self, wanted: bool) -> None:
        self._bar: tqdm[Any] | None = None
        if wanted:
            from tqdm.auto import tqdm as make_bar

            self._bar = make_bar(unit="step")

    def show(self, event: Event) -> None:
        """Shows one event."""
        bar = self._bar
        if bar is None:
            return
        if isinstance(event, StepApplied):
            self._set("training", event.step + 1, event.total_steps)
            bar.set_postfix(objective=f"{event.objective:.4g}", refresh=False)
        elif isinstance(event, Progressed):
            self._set(event.activity, event.done, event.total)
        elif isinstance(event, StateChanged):
            bar.set_description(str(event.state))
        elif isinstance(event, Queued):
            bar.set_description(f"queued {event.position}")
        elif isinstance(event, Measured):
            bar.write(f"step {event.step}: target {event.target_change:+.1%} on steering images")
        elif isinstance(event, Noted):
            bar.write(event.message)
        elif isinstance(event, Ended):
            bar.set_description(str(event.run.outcome or event.run.state))

    def _set(self, activity: str, done: int, total: int) -> None:
        assert self._bar is not None
        self._bar.set_description(activity, refresh=False)
        self._bar.total = total
        self._bar.n = done
        self._bar.refresh()

    def close(self) -> None:
        """Leaves the bar as it is."""
        if self._bar is not None:
            self._bar.close()
