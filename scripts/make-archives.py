"""Writes images as files, and in archives of the tools that people write them with, for check-archives.mjs.

    python scripts/make-archives.py FOLDER [--fixtures]

With --fixtures only the small archives that tests read (libs/dataset/fixtures).
"""

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import numpy
import pyarrow
import pyarrow.parquet
import webdataset
from datasets import ClassLabel, Dataset, Features, Image, Value
from PIL import Image as Pillow

folder = Path(sys.argv[1])
fixtures_only = "--fixtures" in sys.argv
classes = ["no passing", "road work", "speed limit 80"]
colors = [[40, 200, 60], [50, 60, 210], [220, 40, 40]]
per_class = 2 if fixtures_only else 16
side = 4 if fixtures_only else 32


def make_image(label, number):
    """A colour with a stripe of its own, as the tests of the command line have them."""
    pixels = numpy.full((side, side, 3), colors[label], numpy.int64) + number
    pixels[number % side] += 25
    out = io.BytesIO()
    format = ["PNG", "JPEG", "WEBP"][number % 3]
    options = {"lossless": True} if format == "WEBP" else {}
    Pillow.fromarray(pixels.clip(0, 255).astype(numpy.uint8)).save(out, format, **options)
    return ["png", "jpg", "webp"][number % 3], out.getvalue()


samples = []
for label, name in enumerate(classes):
    for number in range(per_class):
        extension, content = make_image(label, number)
        key = f"{name}/{number:02d}"
        samples.append((key, extension, content, label, f"drive {label}-{number // 2}"))

expected = {}


def expect(archive, names):
    """What reading an archive must find: names, and per image hash, label and group."""
    expected[archive] = {
        name: [hashlib.sha256(content).hexdigest(), classes[label], group]
        for name, (_, _, content, label, group) in zip(names, samples, strict=True)
    }


def write_webdataset(pattern, count):
    with webdataset.ShardWriter(str(folder / pattern), maxcount=count, verbose=0) as writer:
        for key, extension, content, label, group in samples:
            writer.write({
                "__key__": key,
                extension: content,
                "cls": label,
                "json": {"name": classes[label], "drive": group, "boxes": [[1, 2]]},
                "txt": f"a photo of {classes[label]}",
            })


def write_tar(name, format):
    """Names that do not fit in a header, with signs that are no ASCII."""
    names = []
    with tarfile.open(folder / name, "w", format=format) as archive:
        for key, extension, content, label, group in samples:
            stem = f"./{'straße ' * 20}/{key}"
            files = {extension: content, "label": classes[label].encode(), "group": group.encode()}
            for ending, data in files.items():
                info = tarfile.TarInfo(f"{stem}.{ending}")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            names.append(f"{stem[2:]}.{extension}")
    expect(name, names)


def row_names():
    width = len(str(len(samples)))
    return [str(row).zfill(width) for row in range(len(samples))]


def write_datasets(name):
    columns = {
        "image": [{"bytes": content, "path": f"{key}.{ext}"} for key, ext, content, _, _ in samples],
        "label": [label for *_, label, _ in samples],
        "drive": [group for *_, group in samples],
        "score": [0.5] * len(samples),
    }
    features = Features(
        image=Image(), label=ClassLabel(names=classes), drive=Value("string"), score=Value("float32")
    )
    Dataset.from_dict(columns, features=features).to_parquet(folder / name)
    expect(name, row_names())


def write_pyarrow(name, **options):
    table = pyarrow.table({
        "image": pyarrow.array([content for _, _, content, _, _ in samples], pyarrow.binary()),
        "label": pyarrow.array([classes[label] for *_, label, _ in samples]).dictionary_encode(),
        "drive": [group for *_, group in samples],
    })
    pyarrow.parquet.write_table(table, folder / name, **{"row_group_size": 4, **options})
    expect(name, row_names())


folder.mkdir(parents=True, exist_ok=True)
write_webdataset("webdataset-%06d.tar", 4 if fixtures_only else 20)
write_tar("gnu.tar", tarfile.GNU_FORMAT)
write_tar("pax.tar", tarfile.PAX_FORMAT)
write_datasets("datasets.parquet")
write_pyarrow("pyarrow.parquet", compression="zstd")
if fixtures_only:
    sys.exit()

expect("webdataset-*.tar", [f"{key}.{extension}" for key, extension, *_ in samples])
for codec in ["none", "snappy", "gzip", "brotli", "lz4"]:
    write_pyarrow(f"{codec}.parquet", compression=codec)
write_pyarrow("pages.parquet", data_page_version="2.0", data_page_size=64, write_page_index=True)
write_pyarrow("plain.parquet", use_dictionary=False, row_group_size=1000)
write_pyarrow("chunked.parquet", use_content_defined_chunking=True)
# Little on the disk, much in memory.
zeros = pyarrow.array([bytes(100 * 2**20)] * 6, pyarrow.binary())
pyarrow.parquet.write_table(
    pyarrow.table({"image": zeros, "label": ["a"] * 6}),
    folder / "large.parquet",
    compression="zstd",
    use_dictionary=False,
)
for key, extension, content, *_ in samples:
    path = folder / "images" / f"{key}.{extension}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
# Rows in the order of the files' names, as the samples are: groups are dealt alike.
(folder / "expected.json").write_text(json.dumps(expected))
