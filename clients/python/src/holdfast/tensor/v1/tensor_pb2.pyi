from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DataType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATA_TYPE_UNSPECIFIED: _ClassVar[DataType]
    DATA_TYPE_FLOAT32: _ClassVar[DataType]
    DATA_TYPE_FLOAT64: _ClassVar[DataType]
    DATA_TYPE_BFLOAT16: _ClassVar[DataType]

class SharedArray(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHARED_ARRAY_UNSPECIFIED: _ClassVar[SharedArray]
    SHARED_ARRAY_PARAMETERS: _ClassVar[SharedArray]
    SHARED_ARRAY_REFERENCE: _ClassVar[SharedArray]
    SHARED_ARRAY_AVERAGE: _ClassVar[SharedArray]
    SHARED_ARRAY_GRADIENT: _ClassVar[SharedArray]
    SHARED_ARRAY_EVALUATION: _ClassVar[SharedArray]
    SHARED_ARRAY_TASK_GRADIENT: _ClassVar[SharedArray]
DATA_TYPE_UNSPECIFIED: DataType
DATA_TYPE_FLOAT32: DataType
DATA_TYPE_FLOAT64: DataType
DATA_TYPE_BFLOAT16: DataType
SHARED_ARRAY_UNSPECIFIED: SharedArray
SHARED_ARRAY_PARAMETERS: SharedArray
SHARED_ARRAY_REFERENCE: SharedArray
SHARED_ARRAY_AVERAGE: SharedArray
SHARED_ARRAY_GRADIENT: SharedArray
SHARED_ARRAY_EVALUATION: SharedArray
SHARED_ARRAY_TASK_GRADIENT: SharedArray

class Tensor(_message.Message):
    __slots__ = ("data_type", "shape", "data")
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    data_type: DataType
    shape: _containers.RepeatedScalarFieldContainer[int]
    data: bytes
    def __init__(self, data_type: _Optional[_Union[DataType, str]] = ..., shape: _Optional[_Iterable[int]] = ..., data: _Optional[bytes] = ...) -> None: ...

class TensorReference(_message.Message):
    __slots__ = ("engine_id", "run_id", "array", "version", "address")
    ENGINE_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ARRAY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    engine_id: str
    run_id: str
    array: SharedArray
    version: int
    address: str
    def __init__(self, engine_id: _Optional[str] = ..., run_id: _Optional[str] = ..., array: _Optional[_Union[SharedArray, str]] = ..., version: _Optional[int] = ..., address: _Optional[str] = ...) -> None: ...

class ArrayVersion(_message.Message):
    __slots__ = ("array", "version")
    ARRAY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    array: SharedArray
    version: int
    def __init__(self, array: _Optional[_Union[SharedArray, str]] = ..., version: _Optional[int] = ...) -> None: ...

class TensorChunk(_message.Message):
    __slots__ = ("reference", "layout_sha256", "data_type", "offset_elements", "data")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_SHA256_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_ELEMENTS_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    reference: TensorReference
    layout_sha256: str
    data_type: DataType
    offset_elements: int
    data: bytes
    def __init__(self, reference: _Optional[_Union[TensorReference, _Mapping]] = ..., layout_sha256: _Optional[str] = ..., data_type: _Optional[_Union[DataType, str]] = ..., offset_elements: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class DescribeRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("engine_id", "layout_sha256", "element_count", "parameters", "arrays", "address")
    ENGINE_ID_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_SHA256_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    ARRAYS_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    engine_id: str
    layout_sha256: str
    element_count: int
    parameters: _containers.RepeatedCompositeFieldContainer[ParameterDescription]
    arrays: _containers.RepeatedCompositeFieldContainer[ArrayVersion]
    address: str
    def __init__(self, engine_id: _Optional[str] = ..., layout_sha256: _Optional[str] = ..., element_count: _Optional[int] = ..., parameters: _Optional[_Iterable[_Union[ParameterDescription, _Mapping]]] = ..., arrays: _Optional[_Iterable[_Union[ArrayVersion, _Mapping]]] = ..., address: _Optional[str] = ...) -> None: ...

class ParameterDescription(_message.Message):
    __slots__ = ("name", "shape", "offset_elements")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_ELEMENTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    shape: _containers.RepeatedScalarFieldContainer[int]
    offset_elements: int
    def __init__(self, name: _Optional[str] = ..., shape: _Optional[_Iterable[int]] = ..., offset_elements: _Optional[int] = ...) -> None: ...

class ReadRequest(_message.Message):
    __slots__ = ("reference", "data_type")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    reference: TensorReference
    data_type: DataType
    def __init__(self, reference: _Optional[_Union[TensorReference, _Mapping]] = ..., data_type: _Optional[_Union[DataType, str]] = ...) -> None: ...

class ReadResponse(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: TensorChunk
    def __init__(self, chunk: _Optional[_Union[TensorChunk, _Mapping]] = ...) -> None: ...

class SharedRing(_message.Message):
    __slots__ = ("name", "proof", "piece_bytes", "pieces")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    PIECE_BYTES_FIELD_NUMBER: _ClassVar[int]
    PIECES_FIELD_NUMBER: _ClassVar[int]
    name: str
    proof: bytes
    piece_bytes: int
    pieces: int
    def __init__(self, name: _Optional[str] = ..., proof: _Optional[bytes] = ..., piece_bytes: _Optional[int] = ..., pieces: _Optional[int] = ...) -> None: ...

class ShareRequest(_message.Message):
    __slots__ = ("reference", "data_type", "ring", "taken_pieces")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    RING_FIELD_NUMBER: _ClassVar[int]
    TAKEN_PIECES_FIELD_NUMBER: _ClassVar[int]
    reference: TensorReference
    data_type: DataType
    ring: SharedRing
    taken_pieces: int
    def __init__(self, reference: _Optional[_Union[TensorReference, _Mapping]] = ..., data_type: _Optional[_Union[DataType, str]] = ..., ring: _Optional[_Union[SharedRing, _Mapping]] = ..., taken_pieces: _Optional[int] = ...) -> None: ...

class ShareResponse(_message.Message):
    __slots__ = ("visible", "layout_sha256", "written_pieces")
    VISIBLE_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_SHA256_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_PIECES_FIELD_NUMBER: _ClassVar[int]
    visible: bool
    layout_sha256: str
    written_pieces: int
    def __init__(self, visible: bool = ..., layout_sha256: _Optional[str] = ..., written_pieces: _Optional[int] = ...) -> None: ...

class WriteRequest(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: TensorChunk
    def __init__(self, chunk: _Optional[_Union[TensorChunk, _Mapping]] = ...) -> None: ...

class WriteResponse(_message.Message):
    __slots__ = ("reference",)
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    reference: TensorReference
    def __init__(self, reference: _Optional[_Union[TensorReference, _Mapping]] = ...) -> None: ...

class AccumulateRequest(_message.Message):
    __slots__ = ("chunk", "addition")
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    ADDITION_FIELD_NUMBER: _ClassVar[int]
    chunk: TensorChunk
    addition: int
    def __init__(self, chunk: _Optional[_Union[TensorChunk, _Mapping]] = ..., addition: _Optional[int] = ...) -> None: ...

class AccumulateResponse(_message.Message):
    __slots__ = ("reference",)
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    reference: TensorReference
    def __init__(self, reference: _Optional[_Union[TensorReference, _Mapping]] = ...) -> None: ...

class FetchRequest(_message.Message):
    __slots__ = ("source", "data_type", "addition")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_FIELD_NUMBER: _ClassVar[int]
    ADDITION_FIELD_NUMBER: _ClassVar[int]
    source: TensorReference
    data_type: DataType
    addition: int
    def __init__(self, source: _Optional[_Union[TensorReference, _Mapping]] = ..., data_type: _Optional[_Union[DataType, str]] = ..., addition: _Optional[int] = ...) -> None: ...

class FetchResponse(_message.Message):
    __slots__ = ("reference",)
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    reference: TensorReference
    def __init__(self, reference: _Optional[_Union[TensorReference, _Mapping]] = ...) -> None: ...
