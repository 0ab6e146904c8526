from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TrainableScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRAINABLE_SCOPE_UNSPECIFIED: _ClassVar[TrainableScope]
    TRAINABLE_SCOPE_FULL: _ClassVar[TrainableScope]
    TRAINABLE_SCOPE_ADAPTERS: _ClassVar[TrainableScope]
    TRAINABLE_SCOPE_PROJECTIONS: _ClassVar[TrainableScope]
    TRAINABLE_SCOPE_HEADS: _ClassVar[TrainableScope]
TRAINABLE_SCOPE_UNSPECIFIED: TrainableScope
TRAINABLE_SCOPE_FULL: TrainableScope
TRAINABLE_SCOPE_ADAPTERS: TrainableScope
TRAINABLE_SCOPE_PROJECTIONS: TrainableScope
TRAINABLE_SCOPE_HEADS: TrainableScope

class HeadSettings(_message.Message):
    __slots__ = ("count", "rank", "seed")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    count: int
    rank: int
    seed: int
    def __init__(self, count: _Optional[int] = ..., rank: _Optional[int] = ..., seed: _Optional[int] = ...) -> None: ...

class TrainableSettings(_message.Message):
    __slots__ = ("scope", "adapters")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ADAPTERS_FIELD_NUMBER: _ClassVar[int]
    scope: TrainableScope
    adapters: AdapterSettings
    def __init__(self, scope: _Optional[_Union[TrainableScope, str]] = ..., adapters: _Optional[_Union[AdapterSettings, _Mapping]] = ...) -> None: ...

class AdapterSettings(_message.Message):
    __slots__ = ("rank", "scale", "seed")
    RANK_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    rank: int
    scale: float
    seed: int
    def __init__(self, rank: _Optional[int] = ..., scale: _Optional[float] = ..., seed: _Optional[int] = ...) -> None: ...
