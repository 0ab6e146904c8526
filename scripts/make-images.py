"""Writes images of many kinds and sizes, and the pixels that transformers makes of them.

  python scripts/make-images.py FOLDER      # transformers 5.24, Pillow 13.0; called by check-preprocessing.mjs

`expected.safetensors` holds, for each file, RGB [224, 224, 3] before rescaling, with transparency dropped. Of a path
transformers itself must make the same pixels, unless the file has one transparent colour (docs/images.md).
"""
import pathlib
import random
import struct
import sys
import warnings
import zlib

import numpy as np
from PIL import Image, ImageCms
from safetensors.numpy import save_file
from transformers.image_utils import load_image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

SIZES = [(60, 41), (333, 500), (640, 480), (1023, 769), (2001, 1333), (225, 224), (224, 1000)]
SIZES += [(3001, 401), (401, 3001), (97, 1601), (5, 7)]

folder = pathlib.Path(sys.argv[1])
noise = np.random.default_rng(0)
random.seed(0)
count = 0


def name(extension: str) -> pathlib.Path:
    global count
    count += 1
    return folder / f"{count:03d}.{extension}"


def photo(width: int, height: int) -> Image.Image:
    coarse = Image.fromarray(noise.integers(0, 256, (9, 12, 3)).astype(np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = noise.integers(-40, 41, (height, width, 3))
    return Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(pixels: np.ndarray, colour_type: int, extra: bytes = b"") -> None:
    height, width = pixels.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, colour_type, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    chunks = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    name("png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


for size in SIZES:
    for quality, subsampling in [(95, 0), (75, 2), (50, 1)]:
        exif = Image.Exif()
        exif[0x0112] = random.randint(1, 8)
        options = {"quality": quality, "subsampling": subsampling, "progressive": quality == 75}
        photo(*size).save(name("jpg"), exif=exif, **options)
    photo(*size).save(name("png"))
    photo(*size).convert("L").save(name("jpg"))
    photo(*size).convert("CMYK").save(name("jpg"), progressive=True)
    photo(*size).quantize(64).save(name("png"))

image = photo(500, 300)
profile = {space: ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes() for space in ("LAB", "sRGB")}
image.save(name("jpg"), keep_rgb=True)
image.save(name("jpg"), icc_profile=profile["LAB"])
image.save(name("png"), icc_profile=profile["sRGB"])
for mode in ("LA", "RGBA", "P"):
    image.convert(mode).save(name("png"))
image.quantize(64).save(name("png"), transparency=3)
gamma = chunk(b"gAMA", struct.pack(">I", 30000))
write_png(np.asarray(image), 2, gamma)
write_png(np.asarray(image), 2, chunk(b"sRGB", b"\0"))
for size in ((200, 300), (30, 40)):
    deep = noise.integers(0, 65536, (*size, 4)).astype(">u2")
    for colour_type, channels in ((2, 3), (6, 4), (4, 2)):
        write_png(np.ascontiguousarray(deep[..., :channels]), colour_type, gamma)
    write_png(np.ascontiguousarray(deep[..., 0]), 0)
    write_png(np.ascontiguousarray(deep[..., 0]), 0, chunk(b"tRNS", b"\1\2"))
image.save(name("webp"), quality=80)
image.convert("RGBA").save(name("webp"), lossless=True)
image.save(name("tif"), compression="jpeg")
image.convert("1").save(name("tif"), compression="group4")
for mode in ("L", "P", "RGBA"):
    image.convert(mode).save(name("tif"))
image.quantize(64).save(name("gif"))
# Transparency beside that of LA, RGBA and P: several alphas in a palette, one colour of grey and of RGB.
image.quantize(64).save(name("png"), transparency=bytes(range(0, 256, 4)))
grey = image.convert("L")
grey.save(name("png"), transparency=grey.getpixel((250, 150)))
image.save(name("png"), transparency=image.getpixel((250, 150)))
translucent = photo(500, 300)
translucent.putalpha(grey)
translucent.save(name("png"))
translucent.save(name("tif"))
translucent.save(name("webp"), lossless=True, exact=True)

processor = CLIPImageProcessorPil()


def prepare(image: Image.Image | str) -> np.ndarray:
    pixels = processor(image, do_rescale=False, do_normalize=False, return_tensors="np").pixel_values[0]
    return np.ascontiguousarray(pixels.astype(np.uint8).transpose(1, 2, 0))


warnings.filterwarnings("ignore", "Palette images with Transparency")
expected = {}
white = 0
for path in sorted(folder.iterdir()):
    rgb = load_image(str(path))
    # Pillow notes one transparent colour beside RGB pixels, too; transformers since 5.21 paints it white.
    has_colour = rgb.info.pop("transparency", None) is not None
    expected[path.name] = prepare(rgb)
    is_same = np.array_equal(prepare(str(path)), expected[path.name])
    assert is_same or has_colour, f"transformers makes other pixels of {path}"
    white += not is_same
print(f"of {len(expected)} files, {white} have a transparent colour that transformers makes white, and Holdfast does not")
save_file(expected, folder / "expected.safetensors")
