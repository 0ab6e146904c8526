"""Runs, and what happens in them, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any, Union

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from .controller.v1 import controller_pb2 as wire
from .errors import HoldfastError, read_status

if TYPE_CHECKING:
    import pandas


class RunState(str, Enum):
    """Where a run stands."""

    UNSPECIFIED = "unspecified"
    QUEUED = "queued"
    PREPARING = "preparing"
    TRAINING = "training"
    GATING = "gating"
    STOPPING = "stopping"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    def __str__(self) -> str:
        return self.value


class Outcome(str, Enum):
    """How a run ended. RETAINED: nothing protected regressed, the candidate is released."""

    RETAINED = "RETAINED"
    REGRESSED = "REGRESSED"
    UNDECIDED = "UNDECIDED"
    NO_FEASIBLE_CANDIDATE = "NO_FEASIBLE_CANDIDATE"

    def __str__(self) -> str:
        return self.value


#: States in which nothing more happens unless somebody resumes the run.
ENDED = frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED, RunState.INTERRUPTED})


@dataclass(frozen=True)
class Run:
    """A run, as it stood when the controller was asked."""

    id: str
    uri: str
    state: RunState
    #: Set where it is COMPLETED.
    outcome: Outcome | None
    step: int
    #: None while the plan leaves them to data that are not read yet.
    total_steps: int | None
    #: How it ended, in one sentence.
    reason: str | None
    #: Why it failed, with the details of a failed call.
    failure: HoldfastError | None
    create_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    # A dict has no hash.
    labels: Mapping[str, str] = field(hash=False)
    priority: int
    caller: str
    #: Its place in the queue: that which is next has 1.
    queue_position: int | None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens unless somebody resumes it."""
        return self.state in ENDED

    @property
    def released(self) -> bool:
        """Whether the gate let its candidate pass."""
        return self.outcome is Outcome.RETAINED


@dataclass(frozen=True)
class Submitted:
    """A run that was put into the queue; `step` is where a resumed one goes on from."""

    id: str
    uri: str
    step: int = 0


@dataclass(frozen=True)
class StateChanged:
    """The state changed."""

    sequence: int
    state: RunState


@dataclass(frozen=True)
class Queued:
    """The run waits, or its place in the queue changed."""

    sequence: int
    position: int
    #: What it waits for beside its turn.
    reason: str | None


@dataclass(frozen=True)
class Progressed:
    """Work of a known size went on."""

    sequence: int
    activity: str
    done: int
    total: int


@dataclass(frozen=True)
class StepApplied:
    """A training step was applied; `tasks` has u_k and the weight of its gradient of every task visited."""

    sequence: int
    step: int
    total_steps: int
    objective: float
    penalty: float
    learning_rate: float
    gradient_norm: float
    tasks: Mapping[str, tuple[float, float]] = field(hash=False)


@dataclass(frozen=True)
class Measured:
    """Steering data was measured; `changes` has the change of accuracy of every protected task."""

    sequence: int
    step: int
    target_change: float
    changes: Mapping[str, float] = field(hash=False)


@dataclass(frozen=True)
class Noted:
    """Something a person should know."""

    sequence: int
    message: str


@dataclass(frozen=True)
class Ended:
    """The run ended; the last event."""

    sequence: int
    run: Run


Event = Union[StateChanged, Queued, Progressed, StepApplied, Measured, Noted, Ended]


@dataclass(frozen=True)
class Verdict:
    """How a run ended, and all of its verdict.json."""

    outcome: Outcome
    reason: str
    #: The file, read: every task, bound, and sha256 of both models, the data and the plan.
    content: Mapping[str, Any] = field(hash=False)
    sha256: str


@dataclass(frozen=True)
class Artifact:
    """A file of a run."""

    path: str
    size: int


def read_run(run: wire.Run) -> Run:
    """A run of the wire."""
    state = read_state(run.state)
    progress = run.progress
    return Run(
        id=run.run_id,
        uri=run.run_uri,
        state=state,
        outcome=read_outcome(run.outcome),
        step=progress.step,
        total_steps=progress.total_steps if progress.HasField("total_steps") else None,
        reason=run.reason if run.HasField("reason") else None,
        failure=read_status(run.failure) if run.HasField("failure") else None,
        create_time=_read_time(run, run.create_time, "create_time"),
        start_time=_read_time(run, run.start_time, "start_time"),
        end_time=_read_time(run, run.end_time, "end_time"),
        labels=dict(run.labels),
        priority=run.priority,
        caller=run.caller,
        queue_position=run.queued.position if run.HasField("queued") else None,
    )


def read_state(state: int) -> RunState:
    """A state of the wire; one that this version does not know is UNSPECIFIED."""
    names = wire.RunState.DESCRIPTOR.values_by_number
    name = names[state].name if state in names else "RUN_STATE_UNSPECIFIED"
    return RunState(name.removeprefix("RUN_STATE_").lower())


def read_outcome(outcome: int) -> Outcome | None:
    """An outcome of the wire; None where there is none, or one that this version does not know."""
    names = wire.Outcome.DESCRIPTOR.values_by_number
    name = names[outcome].name.removeprefix("OUTCOME_") if outcome in names else ""
    return Outcome(name) if name in Outcome.__members__ else None


def read_event(response: wire.WatchRunResponse) -> Event | None:
    """An event of the wire; None for one that this version does not know."""
    sequence = response.sequence
    kind = response.WhichOneof("event")
    if kind == "state_changed":
        return StateChanged(sequence, read_state(response.state_changed.state))
    if kind == "queued":
        queued = response.queued
        return Queued(sequence, queued.position, queued.reason if queued.HasField("reason") else None)
    if kind == "progressed":
        work = response.progressed
        return Progressed(sequence, work.activity, work.done, work.total)
    if kind == "step_applied":
        return read_step(response.step_applied, sequence)
    if kind == "measured":
        measured = response.measured
        changes = {task.task: task.accuracy_change for task in measured.tasks}
        return Measured(sequence, measured.step, measured.target_change, changes)
    if kind == "noted":
        return Noted(sequence, response.noted.message)
    return Ended(sequence, read_run(response.ended.run)) if kind == "ended" else None


def read_step(step: wire.StepApplied, sequence: int = 0) -> StepApplied:
    """A step of the wire."""
    return StepApplied(
        sequence=sequence,
        step=step.step,
        total_steps=step.total_steps,
        objective=step.objective,
        penalty=step.penalty,
        learning_rate=step.learning_rate,
        gradient_norm=step.gradient_norm,
        tasks={task.task: (task.constraint_estimate, task.weight) for task in step.tasks},
    )


def to_frame(rows: Iterable[Run] | Iterable[StepApplied]) -> pandas.DataFrame:
    """A table of runs, or of steps, one a row (needs the extra `pandas`)."""
    import pandas

    return pandas.DataFrame([{each.name: getattr(row, each.name) for each in fields(row)} for row in rows])


def _read_time(run: Message, time: Timestamp, name: str) -> datetime | None:
    return time.ToDatetime(tzinfo=timezone.utc) if run.HasField(name) else None
