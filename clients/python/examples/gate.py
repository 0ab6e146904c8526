"""Judges one model against another on a folder of images for each class: python gate.py OLD NEW IMAGES TARGET

OLD and NEW are `file:` URIs or paths that the encoder sees.
"""

import sys
from pathlib import Path

import holdfast

old, new, images, target = sys.argv[1:]
files = sorted(Path(images).glob("*/*"))
labels = [file.parent.name for file in files]
classes = {label: [f"a photo of a {label} sign."] for label in labels}
with holdfast.Client() as client:
    for name, path in {"gate-old": old, "gate-new": new}.items():
        client.load_model(name, Path(path).resolve().as_uri(), version="1")
    result = client.gate("gate-old", "gate-new", files, labels, classes, target=target)
    print(result.verdict, result.reason)
    for task in result.tasks:
        print(f"{task.task:24} {task.accuracy_change:+.1%}  at least {task.lower_bound:+.1%}  {task.verdict}")
sys.exit(0 if result.released else 2)
