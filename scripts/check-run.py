"""Holds a run's verdict against another implementation: transformers on PyTorch.

  python scripts/check-run.py RUN      # needs torch, transformers, pillow, pyyaml

CLIPModel loads the old model and the candidate of the run's folder without missing or unexpected tensors, classifies every
validation and test image that `samples.csv` names, and must find the accuracies that `verdict.json` states, task by task.
One image in a thousand may fall the other way: the sums of two runtimes are rounded in another order.
"""
import collections
import csv
import json
import pathlib
import sys

import torch
import yaml
from transformers import AutoTokenizer, CLIPModel
from transformers.image_utils import load_image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

IMAGES_AT_ONCE = 256


def load_model(folder: pathlib.Path) -> CLIPModel:
    model, loading = CLIPModel.from_pretrained(folder, output_loading_info=True)
    problems = {key: value for key, value in loading.items() if value}
    assert not problems, f"{folder}: {problems}"
    return model.eval()


def embed_texts(model: CLIPModel, folder: pathlib.Path, texts: list[str]) -> torch.Tensor:
    tokens = AutoTokenizer.from_pretrained(folder)(texts, return_tensors="pt", padding=True)
    hidden = model.text_model(**tokens).pooler_output
    return torch.nn.functional.normalize(model.text_projection(hidden), dim=-1)


def embed_images(model: CLIPModel, pixels: torch.Tensor) -> torch.Tensor:
    hidden = model.vision_model(pixels).pooler_output
    return torch.nn.functional.normalize(model.visual_projection(hidden), dim=-1)


def count_right(folder: pathlib.Path, samples: list[dict], names: list[str], prompts: list[str]) -> dict:
    model = load_model(folder)
    # The one on torchvision, which transformers takes where that is installed, resamples in other arithmetic.
    processor = CLIPImageProcessorPil.from_pretrained(folder)
    classifier = embed_texts(model, folder, prompts)
    right = collections.Counter()
    for start in range(0, len(samples), IMAGES_AT_ONCE):
        part = samples[start : start + IMAGES_AT_ONCE]
        images = [load_image(sample["path"]) for sample in part]
        pixels = processor(images, return_tensors="pt")["pixel_values"]
        guesses = (embed_images(model, pixels) @ classifier.T).argmax(dim=1)
        for sample, guess in zip(part, guesses.tolist()):
            right[sample["role"], sample["label"]] += names[guess] == sample["label"]
    return right


@torch.no_grad()
def main(run: pathlib.Path) -> None:
    plan = yaml.safe_load((run / "plan.yaml").read_text())
    verdict = json.loads((run / "verdict.json").read_text())
    with open(run / "samples.csv", newline="") as file:
        samples = [row for row in csv.DictReader(file) if row["role"] in ("validation", "test")]
    names = sorted({sample["label"] for sample in samples})
    settings = {"templates": ["a photo of a {}."], "classNames": {}} | plan.get("prompts", {})
    template = settings.get("classifierTemplates", settings["templates"])[0]
    prompts = [template.replace("{}", settings["classNames"].get(name, name)) for name in names]
    base = pathlib.Path(json.loads((run / "origin.json").read_text())["basePath"])
    models = {"reference": base / plan["model"], "candidate": run / "candidate"}
    rights = {side: count_right(folder, samples, names, prompts) for side, folder in models.items()}

    validation = [*verdict["target"], *verdict["protected"]]
    tables = [("validation", validation), ("test", (verdict.get("test") or {"tasks": []})["tasks"])]
    compared = off = 0
    for role, tasks in tables:
        for task in tasks:
            for side, right in rights.items():
                stated = round(task[f"{side}Accuracy"] * task["examples"])
                found = right[role, task["task"]]
                compared += task["examples"]
                off += abs(stated - found)
                if stated != found:
                    print(f"{role}, {task['task']}, {side}: the verdict says {stated} right, transformers {found}")
    assert compared > 0 and off <= compared / 1000, f"{off} of {compared} predictions differ"
    print(f"transformers agrees with the verdict on {compared - off} of {compared} predictions")


main(pathlib.Path(sys.argv[1]))
