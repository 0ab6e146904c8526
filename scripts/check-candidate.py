"""Reads a candidate directory with Python's safetensors and holds it against the model it came from.

  python scripts/check-candidate.py CANDIDATE REFERENCE      # needs safetensors, numpy

Same tensor names, shapes and types, every value finite, something changed, same configuration.
"""
import json
import pathlib
import sys

import numpy
from safetensors.numpy import load_file


def main(candidate: pathlib.Path, reference: pathlib.Path) -> None:
    new, old = (load_file(folder / "model.safetensors") for folder in (candidate, reference))
    assert new.keys() == old.keys(), new.keys() ^ old.keys()
    for name, tensor in new.items():
        assert tensor.shape == old[name].shape and tensor.dtype == old[name].dtype, name
        assert numpy.isfinite(tensor).all(), f"{name} is not finite"
    changed = sum(not numpy.array_equal(new[name], old[name]) for name in new)
    assert changed > len(new) // 2, f"only {changed} of {len(new)} tensors changed"
    assert numpy.array_equal(new["logit_scale"], old["logit_scale"]), "logit_scale is frozen"
    for file in reference.iterdir():
        if file.suffix == ".json":
            assert json.loads((candidate / file.name).read_text()) == json.loads(file.read_text()), file.name
    print(f"safetensors: {len(new)} tensors, {changed} changed, all finite")


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
