"""Ranks images by a text: python embed.py MODEL "a photo of a stop sign." a.png b.jpg"""

import sys

import numpy as np
from PIL import Image

import holdfast

model, text, *paths = sys.argv[1:]
# Files as they are, pictures of PIL and arrays of uint8 are all images.
pictures = [Image.open(path) for path in paths]
with holdfast.Client() as client:
    found = client.embed(model, pictures, [text])
    assert found.images is not None and found.texts is not None
    similarities = found.images @ found.texts[0]
    for index in np.argsort(-similarities):
        print(f"{similarities[index]:.4f}  {paths[index]}")
