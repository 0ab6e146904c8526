"""What the schema says of a method: how it is called, how long it may take, and whether it may be sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message

A = TypeVar("A", bound=Message)
T = TypeVar("T")


@dataclass(frozen=True)
class Method(Generic[A]):
    """A method of a service that answers with messages of a kind."""

    #: As `/holdfast.controller.v1.ControllerService/GetRun`.
    path: str
    answer: type[A]
    #: A second call of the same request does nothing more than the first (`idempotency_level`).
    repeatable: bool
    #: Seconds that a call may take, repetitions included, as in docs/errors.md.
    deadline: float


@dataclass(frozen=True)
class Call(Generic[T]):
    """A unary call that was not sent yet, and how its answer is read."""

    method: Method[Any]
    request: Message
    read: Callable[[Any], T]


def find_method(service: ServiceDescriptor, name: str, answer: type[A]) -> Method[A]:
    """Reads a method from its descriptor. Raises KeyError if the service has none of the name."""
    method = service.methods_by_name[name]
    level = method.GetOptions().idempotency_level
    is_quick = name.startswith(("Get", "List", "Describe"))
    return Method(
        path=f"/{service.full_name}/{name}",
        answer=answer,
        repeatable=level in (MethodOptions.NO_SIDE_EFFECTS, MethodOptions.IDEMPOTENT),
        deadline=120.0 if is_quick else 600.0,
    )
