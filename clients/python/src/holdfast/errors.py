"""Errors of calls, with what the service says of them (docs/errors.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import grpc
from google.rpc import error_details_pb2, status_pb2

_CODES = {code.value[0]: code for code in grpc.StatusCode}


@dataclass(frozen=True)
class Violation:
    """A field of a request that is wrong."""

    #: A path as `samples[3]`; empty for the whole request.
    field: str
    #: What would be right.
    description: str


class HoldfastError(Exception):
    """A call, or a run, that failed. Go by `reason`, which is never renamed."""

    def __init__(
        self,
        message: str,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        *,
        reason: str = "",
        service: str = "",
        method: str = "",
        retry_after: float | None = None,
        violations: tuple[Violation, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        #: As `RUN_NOT_OPEN`; empty where the transport itself failed, or a service that is none of Holdfast's.
        self.reason = reason
        #: The call that failed: `holdfast.controller.v1.ControllerService` and `SubmitRun`.
        self.service = service
        self.method = method
        #: Seconds after which the same call may succeed; None where it would fail again.
        self.retry_after = retry_after
        self.violations = violations

    def __str__(self) -> str:
        kind = self.reason or self.code.name
        lines = [f"{kind}: {self.message}"]
        lines += [
            f"  {v.field or 'the request'}: {v.description}" for v in self.violations if v.description not in self.message
        ]
        return "\n".join(lines)


class InvalidError(HoldfastError):
    """The request, plan, model or data are wrong: `violations` names every field."""


class NotFoundError(HoldfastError):
    """No such run, model or file, or a run that is not open."""


class PreconditionError(HoldfastError):
    """Right call, wrong moment."""


class ExhaustedError(HoldfastError):
    """A limit. With `retry_after`, others fill it for now."""


class UnavailableError(HoldfastError):
    """Nothing answers, or a part of the service has ended or not begun."""


class UnauthenticatedError(HoldfastError):
    """No token or certificate, or not the right one."""


class ForbiddenError(HoldfastError):
    """The caller is known, and may not call this."""


class DeadlineError(HoldfastError):
    """The answer did not come in time."""


_CLASSES: dict[grpc.StatusCode, type[HoldfastError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.FAILED_PRECONDITION: PreconditionError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExhaustedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: ForbiddenError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineError,
}


def read_status(status: status_pb2.Status) -> HoldfastError:
    """The error that a `google.rpc.Status` says, as that of a run that failed."""
    reason = service = method = ""
    retry_after: float | None = None
    violations: tuple[Violation, ...] = ()
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    request = error_details_pb2.BadRequest()
    for detail in status.details:
        if detail.Unpack(info):
            reason = info.reason
            service, method = info.metadata.get("service", ""), info.metadata.get("method", "")
        elif detail.Unpack(retry):
            retry_after = retry.retry_delay.ToTimedelta().total_seconds()
        elif detail.Unpack(request):
            violations = tuple(Violation(v.field, v.description) for v in request.field_violations)
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    return _CLASSES.get(code, HoldfastError)(
        status.message,
        code,
        reason=reason,
        service=service,
        method=method,
        retry_after=retry_after,
        violations=violations,
    )


def read_error(
    code: grpc.StatusCode,
    message: str,
    trailers: Iterable[tuple[str, str | bytes]],
    path: str,
) -> HoldfastError:
    """The error of a call of the method at `path`, with the details of its trailers."""
    for key, value in trailers:
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            return read_status(status_pb2.Status.FromString(value))
    _, service, method = path.split("/")
    return _CLASSES.get(code, HoldfastError)(message, code, service=service, method=method)
