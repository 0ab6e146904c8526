"""Holds ONNX files that `holdfast export --onnx` wrote against transformers on PyTorch.

  python scripts/check-onnx.py FOLDER      # needs torch, transformers, onnx, onnxruntime

onnx must find the files valid, with operators of ONNX alone. Python's onnxruntime must find for random images and texts, in batches
of 1 and 4, what CLIPVisionModelWithProjection and CLIPTextModelWithProjection give for the model beside them: the largest
difference is at most 1e-4 of the largest value with fp32 weights, 1e-2 with fp16. Texts are not padded to the context.
"""
import pathlib
import sys

import onnx
import onnxruntime
import torch
import transformers
from transformers import AutoTokenizer, CLIPTextModelWithProjection, CLIPVisionModelWithProjection

TEXTS = ["a photo of a sign.", "stop", "no passing for trucks", "a speed limit of 80"]


def open_file(path: pathlib.Path) -> tuple[onnxruntime.InferenceSession, float]:
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    assert {node.domain for node in model.graph.node} == {""} and len(model.opset_import) == 1, path
    is_half = any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in model.graph.initializer)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]), 1e-2 if is_half else 1e-4


@torch.no_grad()
def main(folder: pathlib.Path) -> None:
    transformers.logging.set_verbosity_error()  # each half of a CLIP reports the other half's tensors
    vision = CLIPVisionModelWithProjection.from_pretrained(folder, dtype=torch.float32).eval()
    text = CLIPTextModelWithProjection.from_pretrained(folder, dtype=torch.float32).eval()
    size = vision.config.image_size
    pixels = torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(0))
    ids = AutoTokenizer.from_pretrained(folder)(TEXTS, return_tensors="pt", padding=True).input_ids
    for name, feed, output, expected in (
        ("vision_model", {"pixel_values": pixels}, "image_embeds", vision(pixels).image_embeds),
        ("text_model", {"input_ids": ids}, "text_embeds", text(ids).text_embeds),
    ):
        session, bound = open_file(folder / f"{name}.onnx")
        for rows in (1, 4):
            (found,) = session.run([output], {key: x[:rows].numpy() for key, x in feed.items()})
            difference = ((torch.from_numpy(found) - expected[:rows]).abs().max() / expected.abs().max()).item()
            print(f"{name}.onnx, batch of {rows}: largest difference {difference:.1e}")
            assert difference <= bound, f"{name}: {difference} is more than {bound}"
    if (folder / "classifier.onnx").exists():
        session, _ = open_file(folder / "classifier.onnx")
        (logits,) = session.run(["logits"], {"pixel_values": pixels.numpy()})
        print(f"classifier.onnx: {logits.shape[1]} logits")


main(pathlib.Path(sys.argv[1]))
