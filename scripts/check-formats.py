"""Holds the model directories that Holdfast writes against the libraries they are for.

  python scripts/check-formats.py [SHAPE ...]      # needs torch, transformers, open_clip_torch; a built repository

For each shape (default: tiny; ViT-B-32, ViT-B-16, ViT-L-14, ViT-L-14-336) makes CLIPs with random weights in the formats of
transformers and open_clip, lets Holdfast read, change and write them (write-back.mjs), and loads what it wrote with the format's
own library. Tensors must have the names, shapes and types of the original, embeddings must be Holdfast's within 1e-5 of
unit vectors: float32 sums in another order.
"""
import pathlib
import runpy
import shutil
import subprocess
import sys
import tempfile

import open_clip
import torch
from safetensors.torch import load_file
from transformers import CLIPModel

BOUND = 1e-5
root = pathlib.Path(__file__).parent.parent
maker = runpy.run_path(root / "libs/engine/fixtures/clip-formats/make-models.py")


def make_models(shape: str, folder: pathlib.Path) -> list[pathlib.Path]:
    if shape != "tiny":
        maker["make_true"](folder, shape)
    else:
        for golden in (root / "libs/engine/fixtures/clip-formats").glob("*/"):
            shutil.copytree(golden, folder / golden.name, ignore=shutil.ignore_patterns("expected.*"))
            shutil.copytree(maker["tokenizer"], folder / golden.name, dirs_exist_ok=True)
    return sorted(folder.iterdir())


def load_model(folder: pathlib.Path) -> torch.nn.Module:
    if (folder / "open_clip_config.json").exists():
        return open_clip.create_model(f"local-dir:{folder}", require_pretrained=True).eval()
    model, loading = CLIPModel.from_pretrained(folder, output_loading_info=True, dtype=torch.float32)
    problems = {key: value for key, value in loading.items() if value}
    assert not problems, f"{folder}: {problems}"
    return model.eval()


def describe_tensors(folder: pathlib.Path) -> dict:
    files = sorted(folder.glob("*.safetensors"))
    return {(file.name, name): (x.dtype, x.shape) for file in files for name, x in load_file(file).items()}


def check(model: pathlib.Path, label: str) -> None:
    with tempfile.TemporaryDirectory(dir=model.parent.parent) as folder:
        subprocess.run(["node", root / "scripts/write-back.mjs", model, folder], check=True)
        written = pathlib.Path(folder, "model")
        assert describe_tensors(written) == describe_tensors(model), f"{label}: tensors changed their names or types"
        ours = load_file(pathlib.Path(folder, "embeddings.safetensors"))
        theirs = maker["embed"](load_model(written), ours["pixels"], ours["ids"].long())
    for name, embeddings in zip(("image_embeds", "text_embeds"), theirs):
        assert embeddings.isfinite().all() and embeddings.std(dim=0).max() > 1e-3, f"{label}: {name} say nothing"
        difference = (embeddings - ours[name]).abs().max().item()
        print(f"{label:40} {name:12} largest difference {difference:.1e}", flush=True)
        assert difference < BOUND, f"{label}: {name} differ by {difference}"


for shape in sys.argv[1:] or ["tiny"]:
    with tempfile.TemporaryDirectory() as folder:
        for model in make_models(shape, pathlib.Path(folder, "models")):
            check(model, f"{shape} {model.name}")
            shutil.rmtree(model)
