"""Client of Holdfast (docs/clients.md).

    import holdfast

    with holdfast.Client() as client:
        run = client.wait(client.submit("plan.yaml"), progress=True)
        print(run.outcome, run.reason)

The folders that end in `v1` are generated from the schema by scripts/generate-clients.mjs.
"""

from .access import Access
from .aio import AsyncClient
from .calls import Plan
from .client import Client
from .errors import (
    DeadlineError,
    ExhaustedError,
    ForbiddenError,
    HoldfastError,
    InvalidError,
    NotFoundError,
    PreconditionError,
    UnauthenticatedError,
    UnavailableError,
    Violation,
)
from .gating import GateResult, TaskVerdict
from .models import Alias, Embeddings, Model, Models, Score
from .runs import (
    Artifact,
    Ended,
    Event,
    Measured,
    Noted,
    Outcome,
    Progressed,
    Queued,
    Run,
    RunState,
    StateChanged,
    StepApplied,
    Submitted,
    Verdict,
    to_frame,
)

__all__ = [
    "Access",
    "Alias",
    "Artifact",
    "AsyncClient",
    "Client",
    "DeadlineError",
    "Embeddings",
    "Ended",
    "Event",
    "ExhaustedError",
    "ForbiddenError",
    "GateResult",
    "HoldfastError",
    "InvalidError",
    "Measured",
    "Model",
    "Models",
    "NotFoundError",
    "Noted",
    "Outcome",
    "Plan",
    "PreconditionError",
    "Progressed",
    "Queued",
    "Run",
    "RunState",
    "Score",
    "StateChanged",
    "StepApplied",
    "Submitted",
    "TaskVerdict",
    "UnauthenticatedError",
    "UnavailableError",
    "Verdict",
    "Violation",
    "to_frame",
]
