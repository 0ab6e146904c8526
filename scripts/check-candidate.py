"""Reads a candidate directory with other implementations and holds it against the model it came from.

  python scripts/check-candidate.py CANDIDATE REFERENCE

With safetensors and numpy: same tensor names, shapes and types, every value finite, something changed, same configuration.
With torch and transformers too: CLIPModel loads it without missing or unexpected tensors and embeds text and pixels.
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
    try:
        import torch
        from transformers import CLIPModel, CLIPTokenizerFast
    except ImportError:
        print("transformers: not installed, not tried")
        return
    model, report = CLIPModel.from_pretrained(candidate, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"], report
    tokens = CLIPTokenizerFast.from_pretrained(candidate)(["a photo of a speed limit 80 sign."], return_tensors="pt")
    size = model.config.vision_config.image_size
    with torch.no_grad():
        output = model(**tokens, pixel_values=torch.zeros(1, 3, size, size))
    norms = torch.cat([output.text_embeds, output.image_embeds]).norm(dim=-1)
    assert torch.allclose(norms, torch.ones(2), atol=1e-5), norms
    print(f"transformers: CLIPModel loads it, similarity {output.logits_per_image.item():.4f}")


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
