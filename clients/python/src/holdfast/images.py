"""Images and arrays to and from the wire."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Union

import numpy as np
import numpy.typing as npt

from .serving.v1 import serving_pb2 as wire
from .tensor.v1 import tensor_pb2

if TYPE_CHECKING:
    import PIL.Image

Floats = npt.NDArray[np.float32]
#: A file's path or bytes; a `file:` URI of the encoder's own machine; a picture of PIL; [height, width, 3] or
#: [height, width] of uint8.
ImageLike = Union[str, "os.PathLike[str]", bytes, "PIL.Image.Image", npt.NDArray[np.uint8]]

#: The most of one message; the services take twice as much, and as many images. What is in a request changes no bit of
#: its answer.
_IMAGES_MAX = 256
_BYTES_MAX = 32 * 1024 * 1024


def to_image(image: ImageLike) -> wire.Image:
    """An image file for the wire: pictures and arrays become PNG, without loss, turned as a picture's EXIF data say."""
    if isinstance(image, bytes):
        return wire.Image(data=image)
    if isinstance(image, str) and image.startswith("file:"):
        return wire.Image(uri=image)
    if isinstance(image, (str, os.PathLike)):
        return wire.Image(data=Path(image).read_bytes())
    import PIL.Image
    import PIL.ImageOps

    if isinstance(image, np.ndarray):
        if image.dtype != np.uint8:
            raise TypeError(f"an image is an array of uint8, not {image.dtype}; prepared images are `pixel_values`")
        image = PIL.Image.fromarray(image)
    # PNGs are written without EXIF data.
    image = PIL.ImageOps.exif_transpose(image)
    if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = image.convert("RGB")
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return wire.Image(data=file.getvalue())


def split_images(images: Iterable[ImageLike]) -> Iterator[list[wire.Image]]:
    """Images in parts that fit into a message each, read as they are asked for: of many files, one part is in memory."""
    # Their items are no images: characters, or rows of pixels.
    if isinstance(images, (str, bytes)) or (isinstance(images, np.ndarray) and images.ndim < 4):
        raise TypeError("images are a list, also a single one: [image]")
    part: list[wire.Image] = []
    room = _BYTES_MAX
    for image in images:
        file = to_image(image)
        size = file.ByteSize()
        if part and (len(part) == _IMAGES_MAX or size > room):
            yield part
            part, room = [], _BYTES_MAX
        part.append(file)
        room -= size
    if part:
        yield part


def to_tensor(array: npt.ArrayLike) -> tensor_pb2.Tensor:
    """An array as float32 of the wire."""
    values = np.asarray(array, dtype="<f4")
    return tensor_pb2.Tensor(
        data_type=tensor_pb2.DATA_TYPE_FLOAT32, shape=list(values.shape), data=values.tobytes()
    )


def read_tensor(tensor: tensor_pb2.Tensor) -> Floats:
    """A float32 array of the wire."""
    values = np.frombuffer(tensor.data, dtype="<f4").astype(np.float32)
    return values.reshape(list(tensor.shape))


def join(parts: Sequence[Floats]) -> Floats | None:
    """Rows of all parts; None without any."""
    return np.concatenate(parts) if parts else None
