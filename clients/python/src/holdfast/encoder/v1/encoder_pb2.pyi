import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from holdfast.model.v1 import model_pb2 as _model_pb2
from holdfast.tensor.v1 import tensor_pb2 as _tensor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExecutionProvider(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXECUTION_PROVIDER_UNSPECIFIED: _ClassVar[ExecutionProvider]
    EXECUTION_PROVIDER_CPU: _ClassVar[ExecutionProvider]
    EXECUTION_PROVIDER_WEBGPU: _ClassVar[ExecutionProvider]
    EXECUTION_PROVIDER_CUDA: _ClassVar[ExecutionProvider]

class BadImagePolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BAD_IMAGE_POLICY_UNSPECIFIED: _ClassVar[BadImagePolicy]
    BAD_IMAGE_POLICY_FAIL: _ClassVar[BadImagePolicy]
    BAD_IMAGE_POLICY_SKIP: _ClassVar[BadImagePolicy]
EXECUTION_PROVIDER_UNSPECIFIED: ExecutionProvider
EXECUTION_PROVIDER_CPU: ExecutionProvider
EXECUTION_PROVIDER_WEBGPU: ExecutionProvider
EXECUTION_PROVIDER_CUDA: ExecutionProvider
BAD_IMAGE_POLICY_UNSPECIFIED: BadImagePolicy
BAD_IMAGE_POLICY_FAIL: BadImagePolicy
BAD_IMAGE_POLICY_SKIP: BadImagePolicy

class GetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetInfoResponse(_message.Message):
    __slots__ = ("engine_id", "execution_provider", "threads", "runtime_version", "provider_reason")
    ENGINE_ID_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_PROVIDER_FIELD_NUMBER: _ClassVar[int]
    THREADS_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_VERSION_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_REASON_FIELD_NUMBER: _ClassVar[int]
    engine_id: str
    execution_provider: ExecutionProvider
    threads: int
    runtime_version: str
    provider_reason: str
    def __init__(self, engine_id: _Optional[str] = ..., execution_provider: _Optional[_Union[ExecutionProvider, str]] = ..., threads: _Optional[int] = ..., runtime_version: _Optional[str] = ..., provider_reason: _Optional[str] = ...) -> None: ...

class LoadModelRequest(_message.Message):
    __slots__ = ("run_id", "model_uri", "heads", "trainable", "image_chunk_size", "text_chunk_size", "lease_term")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_URI_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    TRAINABLE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_CHUNK_SIZE_FIELD_NUMBER: _ClassVar[int]
    TEXT_CHUNK_SIZE_FIELD_NUMBER: _ClassVar[int]
    LEASE_TERM_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    model_uri: str
    heads: _model_pb2.HeadSettings
    trainable: _model_pb2.TrainableSettings
    image_chunk_size: int
    text_chunk_size: int
    lease_term: int
    def __init__(self, run_id: _Optional[str] = ..., model_uri: _Optional[str] = ..., heads: _Optional[_Union[_model_pb2.HeadSettings, _Mapping]] = ..., trainable: _Optional[_Union[_model_pb2.TrainableSettings, _Mapping]] = ..., image_chunk_size: _Optional[int] = ..., text_chunk_size: _Optional[int] = ..., lease_term: _Optional[int] = ...) -> None: ...

class LoadModelResponse(_message.Message):
    __slots__ = ("parameter_count", "embedding_size", "model_sha256", "preprocessing_sha256", "image_chunk_size", "text_chunk_size")
    PARAMETER_COUNT_FIELD_NUMBER: _ClassVar[int]
    EMBEDDING_SIZE_FIELD_NUMBER: _ClassVar[int]
    MODEL_SHA256_FIELD_NUMBER: _ClassVar[int]
    PREPROCESSING_SHA256_FIELD_NUMBER: _ClassVar[int]
    IMAGE_CHUNK_SIZE_FIELD_NUMBER: _ClassVar[int]
    TEXT_CHUNK_SIZE_FIELD_NUMBER: _ClassVar[int]
    parameter_count: int
    embedding_size: int
    model_sha256: str
    preprocessing_sha256: str
    image_chunk_size: int
    text_chunk_size: int
    def __init__(self, parameter_count: _Optional[int] = ..., embedding_size: _Optional[int] = ..., model_sha256: _Optional[str] = ..., preprocessing_sha256: _Optional[str] = ..., image_chunk_size: _Optional[int] = ..., text_chunk_size: _Optional[int] = ...) -> None: ...

class OpenSamplesRequest(_message.Message):
    __slots__ = ("run_id", "samples_uri", "samples_sha256", "bad_image_policy", "cache_path")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_URI_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_SHA256_FIELD_NUMBER: _ClassVar[int]
    BAD_IMAGE_POLICY_FIELD_NUMBER: _ClassVar[int]
    CACHE_PATH_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    samples_uri: str
    samples_sha256: str
    bad_image_policy: BadImagePolicy
    cache_path: str
    def __init__(self, run_id: _Optional[str] = ..., samples_uri: _Optional[str] = ..., samples_sha256: _Optional[str] = ..., bad_image_policy: _Optional[_Union[BadImagePolicy, str]] = ..., cache_path: _Optional[str] = ...) -> None: ...

class OpenSamplesResponse(_message.Message):
    __slots__ = ("images_prepared", "images_total", "opened")
    IMAGES_PREPARED_FIELD_NUMBER: _ClassVar[int]
    IMAGES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    OPENED_FIELD_NUMBER: _ClassVar[int]
    images_prepared: int
    images_total: int
    opened: OpenedSamples
    def __init__(self, images_prepared: _Optional[int] = ..., images_total: _Optional[int] = ..., opened: _Optional[_Union[OpenedSamples, _Mapping]] = ...) -> None: ...

class OpenedSamples(_message.Message):
    __slots__ = ("bad_images",)
    BAD_IMAGES_FIELD_NUMBER: _ClassVar[int]
    bad_images: _containers.RepeatedCompositeFieldContainer[BadImage]
    def __init__(self, bad_images: _Optional[_Iterable[_Union[BadImage, _Mapping]]] = ...) -> None: ...

class BadImage(_message.Message):
    __slots__ = ("sample", "reason")
    SAMPLE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    sample: int
    reason: str
    def __init__(self, sample: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class PrepareTrainingRequest(_message.Message):
    __slots__ = ("run_id", "image_batch_size", "activation_budget_mib", "pixel_gradients")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_BUDGET_MIB_FIELD_NUMBER: _ClassVar[int]
    PIXEL_GRADIENTS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    image_batch_size: int
    activation_budget_mib: int
    pixel_gradients: bool
    def __init__(self, run_id: _Optional[str] = ..., image_batch_size: _Optional[int] = ..., activation_budget_mib: _Optional[int] = ..., pixel_gradients: bool = ...) -> None: ...

class PrepareTrainingResponse(_message.Message):
    __slots__ = ("features_computed", "images_total", "prepared")
    FEATURES_COMPUTED_FIELD_NUMBER: _ClassVar[int]
    IMAGES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    PREPARED_FIELD_NUMBER: _ClassVar[int]
    features_computed: int
    images_total: int
    prepared: PreparedTraining
    def __init__(self, features_computed: _Optional[int] = ..., images_total: _Optional[int] = ..., prepared: _Optional[_Union[PreparedTraining, _Mapping]] = ...) -> None: ...

class PreparedTraining(_message.Message):
    __slots__ = ("image_chunk_size", "text_chunk_size")
    IMAGE_CHUNK_SIZE_FIELD_NUMBER: _ClassVar[int]
    TEXT_CHUNK_SIZE_FIELD_NUMBER: _ClassVar[int]
    image_chunk_size: int
    text_chunk_size: int
    def __init__(self, image_chunk_size: _Optional[int] = ..., text_chunk_size: _Optional[int] = ...) -> None: ...

class UnloadModelRequest(_message.Message):
    __slots__ = ("run_id", "lease_term")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TERM_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    lease_term: int
    def __init__(self, run_id: _Optional[str] = ..., lease_term: _Optional[int] = ...) -> None: ...

class UnloadModelResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PrefetchRequest(_message.Message):
    __slots__ = ("run_id", "step", "batches")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step: int
    batches: _containers.RepeatedCompositeFieldContainer[ImageBatch]
    def __init__(self, run_id: _Optional[str] = ..., step: _Optional[int] = ..., batches: _Optional[_Iterable[_Union[ImageBatch, _Mapping]]] = ...) -> None: ...

class PrefetchResponse(_message.Message):
    __slots__ = ("accepted",)
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    accepted: int
    def __init__(self, accepted: _Optional[int] = ...) -> None: ...

class EncodeRequest(_message.Message):
    __slots__ = ("run_id", "step", "parameters", "images", "texts", "retain", "attack", "attacks")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    RETAIN_FIELD_NUMBER: _ClassVar[int]
    ATTACK_FIELD_NUMBER: _ClassVar[int]
    ATTACKS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step: int
    parameters: _tensor_pb2.ArrayVersion
    images: ImageBatch
    texts: TextBatch
    retain: bool
    attack: Attack
    attacks: _containers.RepeatedCompositeFieldContainer[Attack]
    def __init__(self, run_id: _Optional[str] = ..., step: _Optional[int] = ..., parameters: _Optional[_Union[_tensor_pb2.ArrayVersion, _Mapping]] = ..., images: _Optional[_Union[ImageBatch, _Mapping]] = ..., texts: _Optional[_Union[TextBatch, _Mapping]] = ..., retain: bool = ..., attack: _Optional[_Union[Attack, _Mapping]] = ..., attacks: _Optional[_Iterable[_Union[Attack, _Mapping]]] = ...) -> None: ...

class Attack(_message.Message):
    __slots__ = ("epsilon", "step_size", "steps", "random_start", "classes", "labels", "temperature", "rows")
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    STEP_SIZE_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    RANDOM_START_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    epsilon: float
    step_size: float
    steps: int
    random_start: bool
    classes: _tensor_pb2.Tensor
    labels: _containers.RepeatedScalarFieldContainer[int]
    temperature: float
    rows: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, epsilon: _Optional[float] = ..., step_size: _Optional[float] = ..., steps: _Optional[int] = ..., random_start: bool = ..., classes: _Optional[_Union[_tensor_pb2.Tensor, _Mapping]] = ..., labels: _Optional[_Iterable[int]] = ..., temperature: _Optional[float] = ..., rows: _Optional[_Iterable[int]] = ...) -> None: ...

class ImageBatch(_message.Message):
    __slots__ = ("samples", "augmented_count", "augmentation", "augmentation_seed", "first_index")
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    AUGMENTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    AUGMENTATION_FIELD_NUMBER: _ClassVar[int]
    AUGMENTATION_SEED_FIELD_NUMBER: _ClassVar[int]
    FIRST_INDEX_FIELD_NUMBER: _ClassVar[int]
    samples: _containers.RepeatedScalarFieldContainer[int]
    augmented_count: int
    augmentation: Augmentation
    augmentation_seed: int
    first_index: int
    def __init__(self, samples: _Optional[_Iterable[int]] = ..., augmented_count: _Optional[int] = ..., augmentation: _Optional[_Union[Augmentation, _Mapping]] = ..., augmentation_seed: _Optional[int] = ..., first_index: _Optional[int] = ...) -> None: ...

class Augmentation(_message.Message):
    __slots__ = ("shift_pixels", "contrast", "brightness", "flip", "crop", "rotation_degrees")
    SHIFT_PIXELS_FIELD_NUMBER: _ClassVar[int]
    CONTRAST_FIELD_NUMBER: _ClassVar[int]
    BRIGHTNESS_FIELD_NUMBER: _ClassVar[int]
    FLIP_FIELD_NUMBER: _ClassVar[int]
    CROP_FIELD_NUMBER: _ClassVar[int]
    ROTATION_DEGREES_FIELD_NUMBER: _ClassVar[int]
    shift_pixels: int
    contrast: float
    brightness: float
    flip: bool
    crop: RandomResizedCrop
    rotation_degrees: float
    def __init__(self, shift_pixels: _Optional[int] = ..., contrast: _Optional[float] = ..., brightness: _Optional[float] = ..., flip: bool = ..., crop: _Optional[_Union[RandomResizedCrop, _Mapping]] = ..., rotation_degrees: _Optional[float] = ...) -> None: ...

class RandomResizedCrop(_message.Message):
    __slots__ = ("scale_min", "scale_max", "ratio_min", "ratio_max")
    SCALE_MIN_FIELD_NUMBER: _ClassVar[int]
    SCALE_MAX_FIELD_NUMBER: _ClassVar[int]
    RATIO_MIN_FIELD_NUMBER: _ClassVar[int]
    RATIO_MAX_FIELD_NUMBER: _ClassVar[int]
    scale_min: float
    scale_max: float
    ratio_min: float
    ratio_max: float
    def __init__(self, scale_min: _Optional[float] = ..., scale_max: _Optional[float] = ..., ratio_min: _Optional[float] = ..., ratio_max: _Optional[float] = ...) -> None: ...

class TextBatch(_message.Message):
    __slots__ = ("texts", "heads")
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    texts: _containers.RepeatedScalarFieldContainer[str]
    heads: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, texts: _Optional[_Iterable[str]] = ..., heads: _Optional[_Iterable[int]] = ...) -> None: ...

class EncodeResponse(_message.Message):
    __slots__ = ("image_embeddings", "text_embeddings", "passes", "image_wait", "recomputed")
    IMAGE_EMBEDDINGS_FIELD_NUMBER: _ClassVar[int]
    TEXT_EMBEDDINGS_FIELD_NUMBER: _ClassVar[int]
    PASSES_FIELD_NUMBER: _ClassVar[int]
    IMAGE_WAIT_FIELD_NUMBER: _ClassVar[int]
    RECOMPUTED_FIELD_NUMBER: _ClassVar[int]
    image_embeddings: _tensor_pb2.Tensor
    text_embeddings: _tensor_pb2.Tensor
    passes: int
    image_wait: _duration_pb2.Duration
    recomputed: bool
    def __init__(self, image_embeddings: _Optional[_Union[_tensor_pb2.Tensor, _Mapping]] = ..., text_embeddings: _Optional[_Union[_tensor_pb2.Tensor, _Mapping]] = ..., passes: _Optional[int] = ..., image_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., recomputed: bool = ...) -> None: ...

class BackpropagateRequest(_message.Message):
    __slots__ = ("run_id", "step", "image_gradients", "text_gradients", "parameters", "array", "keep_batch", "pixel_gradients")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    IMAGE_GRADIENTS_FIELD_NUMBER: _ClassVar[int]
    TEXT_GRADIENTS_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    ARRAY_FIELD_NUMBER: _ClassVar[int]
    KEEP_BATCH_FIELD_NUMBER: _ClassVar[int]
    PIXEL_GRADIENTS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step: int
    image_gradients: _tensor_pb2.Tensor
    text_gradients: _tensor_pb2.Tensor
    parameters: _tensor_pb2.ArrayVersion
    array: _tensor_pb2.SharedArray
    keep_batch: bool
    pixel_gradients: bool
    def __init__(self, run_id: _Optional[str] = ..., step: _Optional[int] = ..., image_gradients: _Optional[_Union[_tensor_pb2.Tensor, _Mapping]] = ..., text_gradients: _Optional[_Union[_tensor_pb2.Tensor, _Mapping]] = ..., parameters: _Optional[_Union[_tensor_pb2.ArrayVersion, _Mapping]] = ..., array: _Optional[_Union[_tensor_pb2.SharedArray, str]] = ..., keep_batch: bool = ..., pixel_gradients: bool = ...) -> None: ...

class BackpropagateResponse(_message.Message):
    __slots__ = ("gradient", "pixel_gradients")
    GRADIENT_FIELD_NUMBER: _ClassVar[int]
    PIXEL_GRADIENTS_FIELD_NUMBER: _ClassVar[int]
    gradient: _tensor_pb2.TensorReference
    pixel_gradients: _tensor_pb2.Tensor
    def __init__(self, gradient: _Optional[_Union[_tensor_pb2.TensorReference, _Mapping]] = ..., pixel_gradients: _Optional[_Union[_tensor_pb2.Tensor, _Mapping]] = ...) -> None: ...
