"""The gate over two models that an encoder serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .evaluator.v1 import evaluator_pb2 as wire
from .models import Score


@dataclass(frozen=True)
class TaskVerdict:
    """The verdict on one protected class."""

    task: str
    verdict: str
    reason: str
    examples: int
    groups: int
    reference_accuracy: float
    candidate_accuracy: float
    accuracy_change: float
    #: Ends of the simultaneous interval of the change.
    lower_bound: float
    upper_bound: float
    #: Of UNDECIDED: how many more examples (groups) would decide.
    more_needed: int | None


@dataclass(frozen=True)
class GateResult:
    """The verdict on the release."""

    #: RETAINED, REGRESSED or UNDECIDED.
    verdict: str
    reason: str
    tasks: tuple[TaskVerdict, ...]
    #: Change of accuracy of the target, where there is one.
    target_change: float | None

    @property
    def released(self) -> bool:
        """Whether nothing protected regressed."""
        return self.verdict == "RETAINED"


@dataclass(frozen=True)
class GateTerms:
    """What a gate judges by: the rules of `gate` in a plan."""

    labels: Sequence[str]
    classes: Mapping[str, Sequence[str]]
    target: str | None = None
    groups: Sequence[str] | None = None
    tolerance: float = 0.05
    level: float = 0.05

    def check(self, images: int) -> None:
        """Raises ValueError for labels without a class, and where not each of so many images has one."""
        unknown = sorted({*self.labels, *([self.target] if self.target else [])} - self.classes.keys())
        if unknown:
            raise ValueError(f"no class is named {', '.join(unknown)}")
        if len(self.labels) != images:
            raise ValueError(f"{images} images have {len(self.labels)} labels")
        if self.groups is not None and len(self.groups) != images:
            raise ValueError(f"{images} images have {len(self.groups)} groups")


def make_gate_request(
    terms: GateTerms, reference: Sequence[Sequence[Score]], candidate: Sequence[Sequence[Score]]
) -> wire.GateRequest:
    """Every class but the target is a protected task of its images."""
    names = list(terms.classes)
    numbers = {name: number for number, name in enumerate(names)}
    tasks = []
    for name in names:
        rows = [row for row, label in enumerate(terms.labels) if label == name]
        if not rows:
            continue
        tasks.append(
            wire.PairedPredictions(
                task=name,
                target=name == terms.target,
                classes=names,
                labels=[numbers[name]] * len(rows),
                reference_predictions=[numbers[reference[row][0].name] for row in rows],
                candidate_predictions=[numbers[candidate[row][0].name] for row in rows],
                groups=[terms.groups[row] for row in rows] if terms.groups is not None else [],
                tolerance=terms.tolerance,
            )
        )
    return wire.GateRequest(tasks=tasks, level=terms.level)


def read_gate(answer: wire.GateResponse) -> GateResult:
    """The verdict of the wire."""
    return GateResult(
        verdict=_read_verdict(answer.verdict),
        reason=answer.reason,
        tasks=tuple(_read_task(task) for task in answer.tasks),
        target_change=answer.targets[0].accuracy_change if answer.targets else None,
    )


def _read_task(task: wire.TaskVerdict) -> TaskVerdict:
    found = task.comparison
    return TaskVerdict(
        task=found.task,
        verdict=_read_verdict(task.verdict),
        reason=task.reason,
        examples=found.example_count,
        groups=found.group_count,
        reference_accuracy=found.reference_accuracy,
        candidate_accuracy=found.candidate_accuracy,
        accuracy_change=found.accuracy_change,
        lower_bound=task.simultaneous_lower_bound,
        upper_bound=task.simultaneous_upper_bound,
        more_needed=task.more_needed if task.HasField("more_needed") else None,
    )


def _read_verdict(verdict: int) -> str:
    return wire.Verdict.Name(wire.Verdict.ValueType(verdict)).removeprefix("VERDICT_")
