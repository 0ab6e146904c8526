"""Models that answer by name, and their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .images import Floats, join, read_tensor
from .serving.v1 import serving_pb2 as wire


@dataclass(frozen=True)
class Model:
    """A version of a model that is loaded."""

    name: str
    version: str
    uri: str
    #: Of its weights.
    sha256: str
    embedding_size: int
    #: Pixels of an edge of its input.
    image_size: int
    context_length: int
    #: Names of the classes that it was loaded with.
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Alias:
    """A name that stands for a version."""

    alias: str
    model: str
    version: str


@dataclass(frozen=True)
class Models:
    """All that an encoder has loaded."""

    models: tuple[Model, ...]
    aliases: tuple[Alias, ...]


@dataclass(frozen=True)
class Embeddings:
    """L2-normalised embeddings, a row each; None where nothing was asked for."""

    images: Floats | None
    texts: Floats | None
    model: str
    version: str


@dataclass(frozen=True)
class Score:
    """How well a class fits an image."""

    name: str
    #: Cosine between image and class.
    similarity: float
    #: Softmax over all classes.
    probability: float


def read_model(model: wire.ServedModel) -> Model:
    """A model of the wire."""
    return Model(
        name=model.model,
        version=model.version,
        uri=model.model_uri,
        sha256=model.model_sha256,
        embedding_size=model.embedding_size,
        image_size=model.image_size,
        context_length=model.context_length,
        classes=tuple(model.classes),
    )


def read_models(answer: wire.ListModelsResponse) -> Models:
    """What an encoder has loaded."""
    return Models(
        tuple(read_model(model) for model in answer.models),
        tuple(Alias(each.alias, each.model, each.version) for each in answer.aliases),
    )


def read_embeddings(answers: Sequence[wire.EmbedResponse]) -> Embeddings:
    """The answers to the parts of one request; at least one."""
    return Embeddings(
        images=join([read_tensor(each.image_embeddings) for each in answers if each.HasField("image_embeddings")]),
        texts=join([read_tensor(each.text_embeddings) for each in answers if each.HasField("text_embeddings")]),
        model=answers[0].model,
        version=answers[0].version,
    )


def read_scores(answer: wire.ClassifyResponse) -> list[list[Score]]:
    """The classes of each image, the best first."""
    return [
        [Score(score.name, score.similarity, score.probability) for score in image.scores]
        for image in answer.classifications
    ]


def to_classes(classes: Mapping[str, Iterable[str]] | None) -> list[wire.Class]:
    """Names and their prompts for the wire."""
    return [wire.Class(name=name, prompts=list(prompts)) for name, prompts in (classes or {}).items()]
