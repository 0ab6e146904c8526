"""Damages images at random, seeded, states orientations in every place there is, and writes what Pillow makes of each.

  python scripts/make-odd-images.py FIXTURES FOLDER [SEED]      # Pillow 13.0, numpy; called by check-decoding.mjs

`expected.json` holds, for each file, why Pillow refuses it, or else width, height and the sha256 of its
RGB pixels, turned upright.
"""
import hashlib
import io
import json
import pathlib
import random
import struct
import sys
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps

VARIANTS = 24
fixtures, folder = (pathlib.Path(name) for name in sys.argv[1:3])
random.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 0)


def position(data: bytearray, part: str) -> int:
    """A place in the file, in its header (before the first scan), or in its scans."""
    # Of a JPEG where its scan begins; it may be gone after a first change. Of others about there.
    scan = data.find(b"\xff\xda") if data.startswith(b"\xff\xd8") else len(data) // 4
    first, last = {"file": (2, len(data)), "header": (2, scan + 12), "scan": (scan + 12, len(data))}[part]
    return random.randrange(first, last)


def change_bytes(data: bytearray, part: str) -> None:
    for _ in range(random.choice([1, 1, 3, 20])):
        data[position(data, part)] = random.randrange(256)


def insert_marker(data: bytearray, part: str) -> None:
    kind = random.choice([*range(0xC0, 0x100), random.randrange(1, 0xC0)])
    at = position(data, part)
    data[at:at + random.choice([0, 2])] = bytes([0xFF, kind]) + random.choice([b"", b"\0\2", b"\0\4\0\0"])


def insert_restart(data: bytearray, part: str) -> None:
    at = position(data, part)
    data[at:at] = bytes([0xFF, 0xD0 + random.randrange(8)])


def delete_bytes(data: bytearray, part: str) -> None:
    at = position(data, part)
    del data[at:at + random.choice([1, 2, 7, 100])]


def blank_bytes(data: bytearray, part: str) -> None:
    at = position(data, part)
    value = random.choice([0, 0xFF])
    end = min(len(data), at + random.choice([2, 30, 400]))
    data[at:end] = bytes([value]) * (end - at)


def cut_end(data: bytearray, part: str) -> None:
    del data[random.choice([position(data, part), len(data) - 1, len(data) - 2]):]


def append_bytes(data: bytearray, part: str) -> None:
    data += random.choice([b"\0" * 9, b"\xff\xd8\xff", random.randbytes(50), bytes(data)])


def fill_before_marker(data: bytearray, part: str) -> None:
    at = max(data.rfind(b"\xff"), 0)
    data[at:at] = random.choice([b"\xff" * 3, b"\0\0\0", b"\xff\0", random.randbytes(20)])


def decode(path: pathlib.Path) -> dict:
    try:
        image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    except Exception as error:  # whatever Pillow raises, it has no pixels
        return {"refused": f"{type(error).__name__}: {error}"[:160]}
    return {"width": image.width, "height": image.height, "sha256": hashlib.sha256(image.tobytes()).hexdigest()}


warnings.simplefilter("ignore")
damages = [change_bytes, insert_marker, insert_restart, delete_bytes, blank_bytes, cut_end, append_bytes, fill_before_marker]
expected = {}
# Damaged GIFs are left out: docs/images.md says why.
kinds = (".jpg", ".png", ".webp", ".tif")
sources = {path.name: path.read_bytes() for path in sorted(fixtures.iterdir()) if path.suffix in kinds}
# Pillow reads in blocks of 64 KiB: an image of several.
noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 401, 3)).astype(np.uint8))
for restarts in (0, 7):
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG", quality=90, restart_marker_blocks=restarts)
    sources[f"blocks-{restarts}.jpg"] = buffer.getvalue()
for name, content in sources.items():
    for variant in range(VARIANTS):
        data = bytearray(content)
        damage = damages[variant % len(damages)]
        part = random.choice(["file", "header", "scan", "scan", "scan"])
        damage(data, part)
        path = folder / f"{variant}-{damage.__name__}-{part}-{name}"
        path.write_bytes(data)
        expected[path.name] = decode(path)


def exif(orientation: int, order: str = ">", kind: str = "H", more: bytes = b"") -> bytes:
    """A TIFF file of one entry, or of another one, `more`, before it."""
    code = {"B": 1, "H": 3, "L": 4, "s": 2, "h": 8}[kind]
    value = struct.pack(order + kind, b"6" if kind == "s" else orientation).ljust(4, b"\0")
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "L", 8)
    entry = struct.pack(order + "HHL", 0x0112, code, 1) + value
    return head + struct.pack(order + "H", len(more) // 12 + 1) + more + entry + bytes(4)


def xmp(orientation: int, form: str = '"') -> bytes:
    inner = f'tiff:Orientation="{orientation}"/>' if form == '"' else f"><tiff:Orientation>{orientation}</tiff:Orientation>"
    return b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description " + inner.encode() + b"</x:xmpmeta>"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_profile(data: bytes) -> bytes:
    digits = data.hex()
    lines = "\n".join(digits[at:at + 72] for at in range(0, len(digits), 72))
    return f"\nexif\n{len(data):8}\n{lines}\n".encode()


def png(before: bytes, after: bytes, size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    noise.crop((0, 0, *size)).save(buffer, "PNG")
    data = buffer.getvalue()
    start = 8 + 25
    return data[:start] + before + data[start:-12] + after + data[-12:]


def jpeg(*segments: bytes, **options: object) -> bytes:
    buffer = io.BytesIO()
    noise.crop((0, 0, 40, 24)).save(buffer, "JPEG", **options)
    data = buffer.getvalue()
    inserted = b"".join(b"\xff\xe1" + struct.pack(">H", len(each) + 2) + each for each in segments)
    return data[:20] + inserted + data[20:]


def webp(**options: bytes) -> bytes:
    buffer = io.BytesIO()
    noise.crop((0, 0, 40, 24)).save(buffer, "WEBP", lossless=True, **options)
    return buffer.getvalue()


# noise.crop keeps numbers small; the PNG of 300 x 280 is too large for the quick decoder.
prefix, adobe = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
oriented = {}
for n in range(0, 10):
    for place, size in (("before", (40, 24)), ("after", (40, 24)), ("after", (300, 280))):
        chunks = {
            "exif": chunk(b"eXIf", exif(n)),
            "exif-prefix": chunk(b"eXIf", prefix + exif(n, "<")),
            "raw": chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile(prefix + exif(n))),
            "raw-z": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw_profile(exif(n, "<")))),
            "raw-i": chunk(b"iTXt", b"Raw profile type exif\0\0\0\0\0" + raw_profile(exif(n))),
            "raw-iz": chunk(b"iTXt", b"Raw profile type exif\0\1\0en\0\0" + zlib.compress(raw_profile(exif(n)))),
            "xmp": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(n)),
            "xmp-text": chunk(b"tEXt", b"XML:com.adobe.xmp\0" + xmp(n, ">")),
            "text": chunk(b"tEXt", b"exif\0" + exif(n)),
            "both": chunk(b"eXIf", exif(n)) + chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile(exif(3))),
            "exif-xmp": chunk(b"eXIf", exif(n)) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(8)),
        }
        for kind, data in chunks.items():
            parts = (data, b"") if place == "before" else (b"", data)
            oriented[f"{kind}-{n}-{place}-{size[0]}.png"] = png(*parts, size)
    segments = {
        "big": [prefix + exif(n)],
        "little": [prefix + exif(n, "<")],
        "byte": [prefix + exif(min(n, 9), ">", "B")],
        "long": [prefix + exif(n, "<", "L")],
        "signed": [prefix + exif(n, "<", "h")],
        "text": [prefix + exif(n, "<", "s")],
        "twice": [prefix * 2 + exif(n)],
        "split": [prefix + exif(n)[:12], prefix + exif(n)[12:]],
        "second": [prefix + exif(n), prefix + exif(3)],
        "xmp": [adobe + xmp(n)],
        "xmp-element": [adobe + xmp(n, ">")],
        "exif-xmp": [prefix + exif(n), adobe + xmp(8)],
        "empty-xmp": [prefix, adobe + xmp(n)],
        "beyond": [prefix + exif(n, ">", "H", struct.pack(">HHLL", 0x010F, 2, 9, 9999))],
        "huge": [prefix + exif(n, ">", "H", struct.pack(">HHLL", 0x010F, 2, 99999, 9999))],
        "cut": [prefix + exif(n)[:15]],
        "no-tiff": [prefix + b"nothing of the kind"],
    }
    for kind, parts in segments.items():
        oriented[f"{kind}-{n}.jpg"] = jpeg(*parts)
    oriented[f"exif-{n}.webp"] = webp(exif=exif(n))
    oriented[f"prefix-{n}.webp"] = webp(exif=prefix + exif(n, "<"))
    oriented[f"xmp-{n}.webp"] = webp(xmp=xmp(n))
    oriented[f"both-{n}.webp"] = webp(exif=exif(n), xmp=xmp(6))
oriented["no-tiff-density.jpg"] = jpeg(prefix + b"nothing of the kind", dpi=(72, 72))
oriented["no-tiff-xmp.jpg"] = jpeg(prefix + b"nothing of the kind", adobe + xmp(6))
oriented["no-tiff.png"] = png(b"", chunk(b"eXIf", b"nothing of the kind"), (40, 24))
oriented["no-hex.png"] = png(chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 9\nxyz\n"), b"", (40, 24))
for name, content in oriented.items():
    (folder / name).write_bytes(content)
    expected[name] = decode(folder / name)
(folder / "expected.json").write_text(json.dumps(expected, indent=1))
