"""Says what images show: python classify.py MODEL "stop sign,yield sign" a.png b.jpg"""

import sys

import holdfast

model, names, *paths = sys.argv[1:]
classes = {name: [f"a photo of a {name}."] for name in names.split(",")}
with holdfast.Client() as client:
    for path, scores in zip(paths, client.classify(model, paths, classes, top=2)):
        print(path, ", ".join(f"{score.name} {score.probability:.0%}" for score in scores))
