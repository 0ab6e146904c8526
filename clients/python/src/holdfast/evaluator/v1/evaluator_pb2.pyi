from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BoundMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BOUND_METHOD_UNSPECIFIED: _ClassVar[BoundMethod]
    BOUND_METHOD_TANGO: _ClassVar[BoundMethod]
    BOUND_METHOD_GAFFKE_SIGN_FLIP: _ClassVar[BoundMethod]
    BOUND_METHOD_ZERO_FLIP: _ClassVar[BoundMethod]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_RETAINED: _ClassVar[Verdict]
    VERDICT_REGRESSED: _ClassVar[Verdict]
    VERDICT_UNDECIDED: _ClassVar[Verdict]

class Policy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POLICY_UNSPECIFIED: _ClassVar[Policy]
    POLICY_EVIDENCE: _ClassVar[Policy]
    POLICY_STRICT: _ClassVar[Policy]

class Weighting(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WEIGHTING_UNSPECIFIED: _ClassVar[Weighting]
    WEIGHTING_IMAGES: _ClassVar[Weighting]
    WEIGHTING_TASKS: _ClassVar[Weighting]
BOUND_METHOD_UNSPECIFIED: BoundMethod
BOUND_METHOD_TANGO: BoundMethod
BOUND_METHOD_GAFFKE_SIGN_FLIP: BoundMethod
BOUND_METHOD_ZERO_FLIP: BoundMethod
VERDICT_UNSPECIFIED: Verdict
VERDICT_RETAINED: Verdict
VERDICT_REGRESSED: Verdict
VERDICT_UNDECIDED: Verdict
POLICY_UNSPECIFIED: Policy
POLICY_EVIDENCE: Policy
POLICY_STRICT: Policy
WEIGHTING_UNSPECIFIED: Weighting
WEIGHTING_IMAGES: Weighting
WEIGHTING_TASKS: Weighting

class PairedPredictions(_message.Message):
    __slots__ = ("task", "target", "classes", "labels", "reference_predictions", "candidate_predictions", "groups", "tolerance", "reference_loss", "candidate_loss", "missing", "ceiling")
    TASK_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_LOSS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_LOSS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    CEILING_FIELD_NUMBER: _ClassVar[int]
    task: str
    target: bool
    classes: _containers.RepeatedScalarFieldContainer[str]
    labels: _containers.RepeatedScalarFieldContainer[int]
    reference_predictions: _containers.RepeatedScalarFieldContainer[int]
    candidate_predictions: _containers.RepeatedScalarFieldContainer[int]
    groups: _containers.RepeatedScalarFieldContainer[str]
    tolerance: float
    reference_loss: float
    candidate_loss: float
    missing: MissingExamples
    ceiling: bool
    def __init__(self, task: _Optional[str] = ..., target: bool = ..., classes: _Optional[_Iterable[str]] = ..., labels: _Optional[_Iterable[int]] = ..., reference_predictions: _Optional[_Iterable[int]] = ..., candidate_predictions: _Optional[_Iterable[int]] = ..., groups: _Optional[_Iterable[str]] = ..., tolerance: _Optional[float] = ..., reference_loss: _Optional[float] = ..., candidate_loss: _Optional[float] = ..., missing: _Optional[_Union[MissingExamples, _Mapping]] = ..., ceiling: bool = ...) -> None: ...

class MissingExamples(_message.Message):
    __slots__ = ("largest_group",)
    LARGEST_GROUP_FIELD_NUMBER: _ClassVar[int]
    largest_group: int
    def __init__(self, largest_group: _Optional[int] = ...) -> None: ...

class TaskComparison(_message.Message):
    __slots__ = ("task", "target", "example_count", "group_count", "reference_accuracy", "candidate_accuracy", "accuracy_change", "negative_flips", "positive_flips", "lower_bound", "upper_bound", "standard_error", "mcnemar_p_value", "smallest_detectable_drop", "loss_change", "tolerance", "method", "ceiling")
    TASK_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    GROUP_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_CHANGE_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_FLIPS_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_FLIPS_FIELD_NUMBER: _ClassVar[int]
    LOWER_BOUND_FIELD_NUMBER: _ClassVar[int]
    UPPER_BOUND_FIELD_NUMBER: _ClassVar[int]
    STANDARD_ERROR_FIELD_NUMBER: _ClassVar[int]
    MCNEMAR_P_VALUE_FIELD_NUMBER: _ClassVar[int]
    SMALLEST_DETECTABLE_DROP_FIELD_NUMBER: _ClassVar[int]
    LOSS_CHANGE_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    CEILING_FIELD_NUMBER: _ClassVar[int]
    task: str
    target: bool
    example_count: int
    group_count: int
    reference_accuracy: float
    candidate_accuracy: float
    accuracy_change: float
    negative_flips: int
    positive_flips: int
    lower_bound: float
    upper_bound: float
    standard_error: float
    mcnemar_p_value: float
    smallest_detectable_drop: float
    loss_change: float
    tolerance: float
    method: BoundMethod
    ceiling: bool
    def __init__(self, task: _Optional[str] = ..., target: bool = ..., example_count: _Optional[int] = ..., group_count: _Optional[int] = ..., reference_accuracy: _Optional[float] = ..., candidate_accuracy: _Optional[float] = ..., accuracy_change: _Optional[float] = ..., negative_flips: _Optional[int] = ..., positive_flips: _Optional[int] = ..., lower_bound: _Optional[float] = ..., upper_bound: _Optional[float] = ..., standard_error: _Optional[float] = ..., mcnemar_p_value: _Optional[float] = ..., smallest_detectable_drop: _Optional[float] = ..., loss_change: _Optional[float] = ..., tolerance: _Optional[float] = ..., method: _Optional[_Union[BoundMethod, str]] = ..., ceiling: bool = ...) -> None: ...

class CompareRequest(_message.Message):
    __slots__ = ("tasks", "level")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[PairedPredictions]
    level: float
    def __init__(self, tasks: _Optional[_Iterable[_Union[PairedPredictions, _Mapping]]] = ..., level: _Optional[float] = ...) -> None: ...

class CompareResponse(_message.Message):
    __slots__ = ("tasks", "dev_safety_accuracy", "dev_safety_loss")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    DEV_SAFETY_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    DEV_SAFETY_LOSS_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[TaskComparison]
    dev_safety_accuracy: float
    dev_safety_loss: float
    def __init__(self, tasks: _Optional[_Iterable[_Union[TaskComparison, _Mapping]]] = ..., dev_safety_accuracy: _Optional[float] = ..., dev_safety_loss: _Optional[float] = ...) -> None: ...

class GateRequest(_message.Message):
    __slots__ = ("tasks", "level", "policy", "claims")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[PairedPredictions]
    level: float
    policy: Policy
    claims: _containers.RepeatedCompositeFieldContainer[Claim]
    def __init__(self, tasks: _Optional[_Iterable[_Union[PairedPredictions, _Mapping]]] = ..., level: _Optional[float] = ..., policy: _Optional[_Union[Policy, str]] = ..., claims: _Optional[_Iterable[_Union[Claim, _Mapping]]] = ...) -> None: ...

class Claim(_message.Message):
    __slots__ = ("task_count", "tolerance")
    TASK_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    task_count: int
    tolerance: float
    def __init__(self, task_count: _Optional[int] = ..., tolerance: _Optional[float] = ...) -> None: ...

class ConfidencePoint(_message.Message):
    __slots__ = ("drop", "confidence")
    DROP_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    drop: float
    confidence: float
    def __init__(self, drop: _Optional[float] = ..., confidence: _Optional[float] = ...) -> None: ...

class TaskVerdict(_message.Message):
    __slots__ = ("comparison", "verdict", "p_value", "holm_p_value", "simultaneous_lower_bound", "simultaneous_upper_bound", "more_needed", "reason", "confidence")
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    HOLM_P_VALUE_FIELD_NUMBER: _ClassVar[int]
    SIMULTANEOUS_LOWER_BOUND_FIELD_NUMBER: _ClassVar[int]
    SIMULTANEOUS_UPPER_BOUND_FIELD_NUMBER: _ClassVar[int]
    MORE_NEEDED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    comparison: TaskComparison
    verdict: Verdict
    p_value: float
    holm_p_value: float
    simultaneous_lower_bound: float
    simultaneous_upper_bound: float
    more_needed: int
    reason: str
    confidence: _containers.RepeatedCompositeFieldContainer[ConfidencePoint]
    def __init__(self, comparison: _Optional[_Union[TaskComparison, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., p_value: _Optional[float] = ..., holm_p_value: _Optional[float] = ..., simultaneous_lower_bound: _Optional[float] = ..., simultaneous_upper_bound: _Optional[float] = ..., more_needed: _Optional[int] = ..., reason: _Optional[str] = ..., confidence: _Optional[_Iterable[_Union[ConfidencePoint, _Mapping]]] = ...) -> None: ...

class ClaimVerdict(_message.Message):
    __slots__ = ("task_count", "together", "tolerance", "verdict", "accuracy_change", "lower_bound", "upper_bound", "is_exact", "worst_tasks_bound", "worst_tasks", "weighting", "more_needed", "reason", "confidence")
    TASK_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOGETHER_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_CHANGE_FIELD_NUMBER: _ClassVar[int]
    LOWER_BOUND_FIELD_NUMBER: _ClassVar[int]
    UPPER_BOUND_FIELD_NUMBER: _ClassVar[int]
    IS_EXACT_FIELD_NUMBER: _ClassVar[int]
    WORST_TASKS_BOUND_FIELD_NUMBER: _ClassVar[int]
    WORST_TASKS_FIELD_NUMBER: _ClassVar[int]
    WEIGHTING_FIELD_NUMBER: _ClassVar[int]
    MORE_NEEDED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    task_count: int
    together: bool
    tolerance: float
    verdict: Verdict
    accuracy_change: float
    lower_bound: float
    upper_bound: float
    is_exact: bool
    worst_tasks_bound: float
    worst_tasks: _containers.RepeatedScalarFieldContainer[str]
    weighting: Weighting
    more_needed: int
    reason: str
    confidence: _containers.RepeatedCompositeFieldContainer[ConfidencePoint]
    def __init__(self, task_count: _Optional[int] = ..., together: bool = ..., tolerance: _Optional[float] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., accuracy_change: _Optional[float] = ..., lower_bound: _Optional[float] = ..., upper_bound: _Optional[float] = ..., is_exact: bool = ..., worst_tasks_bound: _Optional[float] = ..., worst_tasks: _Optional[_Iterable[str]] = ..., weighting: _Optional[_Union[Weighting, str]] = ..., more_needed: _Optional[int] = ..., reason: _Optional[str] = ..., confidence: _Optional[_Iterable[_Union[ConfidencePoint, _Mapping]]] = ...) -> None: ...

class AssumedBound(_message.Message):
    __slots__ = ("rate_ratio", "lower_bound")
    RATE_RATIO_FIELD_NUMBER: _ClassVar[int]
    LOWER_BOUND_FIELD_NUMBER: _ClassVar[int]
    rate_ratio: int
    lower_bound: float
    def __init__(self, rate_ratio: _Optional[int] = ..., lower_bound: _Optional[float] = ...) -> None: ...

class GateResponse(_message.Message):
    __slots__ = ("verdict", "tasks", "targets", "dev_safety_accuracy", "dev_safety_loss", "reason", "claims", "sensitivity")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    DEV_SAFETY_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    DEV_SAFETY_LOSS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    tasks: _containers.RepeatedCompositeFieldContainer[TaskVerdict]
    targets: _containers.RepeatedCompositeFieldContainer[TaskComparison]
    dev_safety_accuracy: float
    dev_safety_loss: float
    reason: str
    claims: _containers.RepeatedCompositeFieldContainer[ClaimVerdict]
    sensitivity: _containers.RepeatedCompositeFieldContainer[AssumedBound]
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ..., tasks: _Optional[_Iterable[_Union[TaskVerdict, _Mapping]]] = ..., targets: _Optional[_Iterable[_Union[TaskComparison, _Mapping]]] = ..., dev_safety_accuracy: _Optional[float] = ..., dev_safety_loss: _Optional[float] = ..., reason: _Optional[str] = ..., claims: _Optional[_Iterable[_Union[ClaimVerdict, _Mapping]]] = ..., sensitivity: _Optional[_Iterable[_Union[AssumedBound, _Mapping]]] = ...) -> None: ...
