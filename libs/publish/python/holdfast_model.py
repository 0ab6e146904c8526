"""Loader of a Holdfast candidate for mlflow.pyfunc: images in, classes out, by onnxruntime.

Input: a DataFrame whose column `image` holds files (JPEG, PNG, ...) as bytes. Output: a row an image, with the `label` of the
nearest class of the run and its `probability`; with params={"embeddings": True} also the L2-normalised `embedding`.
"""

import io
import json
import pathlib

import numpy as np
import onnxruntime
import pandas as pd
from PIL import Image, ImageOps

BATCH = 32


class HoldfastModel:
    def __init__(self, folder: pathlib.Path):
        self._labels = json.loads((folder / "labels.json").read_text())
        self._preprocessing = json.loads((folder / "preprocessing.json").read_text())
        self._classifier = onnxruntime.InferenceSession(folder / "classifier.onnx")
        self._vision_path = folder / "vision_model.onnx"
        self._vision = None

    def predict(self, model_input, params=None):
        files = model_input["image"] if isinstance(model_input, pd.DataFrame) else model_input
        pixels = [self._prepare(file) for file in files]
        scores = _softmax(_run(self._classifier, pixels))
        best = scores.argmax(axis=1)
        columns = {
            "label": [self._labels[index] for index in best],
            "probability": scores[np.arange(len(best)), best],
        }
        if (params or {}).get("embeddings"):
            if self._vision is None:
                self._vision = onnxruntime.InferenceSession(self._vision_path)
            embeddings = _run(self._vision, pixels)
            columns["embedding"] = list(embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True))
        return pd.DataFrame(columns)

    def _prepare(self, file: bytes) -> np.ndarray:
        """The pixels that CLIPImageProcessor makes on Pillow: turned as EXIF says, resized, cut, normalised; transparency is dropped."""
        config = self._preprocessing
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")
        if config["doResize"]:
            edge, short = config["shortestEdge"], min(image.size)
            resized = tuple(edge if side == short else int(edge * side / short) for side in image.size)
            image = image.resize(resized, Image.Resampling.BICUBIC)
        image = _crop(image, config["cropWidth"], config["cropHeight"])
        values = np.asarray(image, dtype=np.float32)
        if config["doRescale"]:
            values = values * np.float32(config["rescaleFactor"])
        if config["doNormalize"]:
            mean, std = (np.asarray(config[name], dtype=np.float32) for name in ("mean", "std"))
            values = (values - mean) / std
        return values.transpose(2, 0, 1)


def _crop(image: Image.Image, width: int, height: int) -> Image.Image:
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _run(session: onnxruntime.InferenceSession, pixels: list[np.ndarray]) -> np.ndarray:
    batches = [np.stack(pixels[start : start + BATCH]) for start in range(0, len(pixels), BATCH)]
    return np.concatenate([session.run(None, {"pixel_values": batch})[0] for batch in batches])


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _load_pyfunc(path: str) -> HoldfastModel:
    """Called by mlflow.pyfunc.load_model."""
    return HoldfastModel(pathlib.Path(path))
