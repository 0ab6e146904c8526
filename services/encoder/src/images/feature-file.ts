import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nameTemporary, readExactly, sha256, writeFully } from '@holdfast/artifacts';
import { toBytes } from '@holdfast/tensor';

/**
 * A file of images' features.
 *
 * It begins with the sha256 of what it is for; then records of one length follow, each the sha256 of an
 * image, its float32 features and the sha256 of both.
 */
export interface FeatureFile {
  readonly path: string;
  /** Everything that the features depend on besides the image. */
  readonly key: string;
  /** Numbers an image. */
  readonly size: number;
}

/** Features by the sha256 of their image in hexadecimal. */
export type FeaturesByImage = ReadonlyMap<string, Float32Array>;

const hashBytes = 32;
/** Bytes read or written at once. */
const slabBytes = 2 ** 22;
/** Records of other images are kept while the file is no longer than this: 4 GiB. */
const fileBytesMax = 2 ** 32;

/** What the file has of the wanted images. Records that are not what was written do not count. */
export async function readFeatures(
  file: FeatureFile,
  wanted: ReadonlySet<string>,
): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for await (const record of readRecords(file)) {
    const image = imageOf(record);
    if (!wanted.has(image)) continue;
    const features = new Float32Array(file.size);
    toBytes(features).set(record.subarray(hashBytes, -hashBytes));
    found.set(image, features);
  }
  return found;
}

/** Writes a file anew, with its records of other images; it appears whole or not at all. */
export async function writeFeatures(file: FeatureFile, features: FeaturesByImage): Promise<void> {
  const folder = dirname(file.path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, await nameTemporary());
  const handle = await open(temporary, 'wx');
  try {
    const end = await writeRecords(handle, file, features);
    await copyOthers(handle, { file, features, end });
    await handle.sync();
    await handle.close();
    await rename(temporary, file.path);
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeRecords(
  handle: FileHandle,
  file: FeatureFile,
  features: FeaturesByImage,
): Promise<number> {
  await writeFully(handle, 0, headerOf(file));
  let end = hashBytes;
  for (const [image, values] of features) {
    const content = Buffer.concat([Buffer.from(image, 'hex'), toBytes(values)]);
    await writeFully(handle, end, Buffer.concat([content, hash(content)]));
    end += recordBytes(file);
  }
  return end;
}

async function copyOthers(
  handle: FileHandle,
  { file, features, end }: { file: FeatureFile; features: FeaturesByImage; end: number },
): Promise<void> {
  let position = end;
  for await (const record of readRecords(file)) {
    if (features.has(imageOf(record))) continue;
    if (position + record.length > fileBytesMax) return;
    await writeFully(handle, position, record);
    position += record.length;
  }
}

/** The sound records of a file; none if there is no file, or it is for something else. */
async function* readRecords(file: FeatureFile): AsyncGenerator<Uint8Array> {
  const handle = await open(file.path, 'r').catch(() => undefined);
  if (handle === undefined) return;
  try {
    const { size } = await handle.stat();
    if (size < hashBytes) return;
    if (!headerOf(file).equals(await readExactly(handle, 0, hashBytes))) return;
    const length = recordBytes(file);
    const slab = Math.max(1, Math.floor(slabBytes / length)) * length;
    const end = size - ((size - hashBytes) % length);
    for (let start = hashBytes; start < end; start += slab) {
      const bytes = await readExactly(handle, start, Math.min(slab, end - start));
      for (let at = 0; at < bytes.length; at += length) {
        const record = bytes.subarray(at, at + length);
        if (hash(record.subarray(0, -hashBytes)).equals(record.subarray(-hashBytes))) yield record;
      }
    }
  } finally {
    await handle.close();
  }
}

const headerOf = ({ key, size }: FeatureFile) =>
  Buffer.from(sha256(`holdfast features 1\n${size}\n${key}`), 'hex');
const recordBytes = ({ size }: FeatureFile) => 2 * hashBytes + 4 * size;
const imageOf = (record: Uint8Array) => Buffer.from(record.subarray(0, hashBytes)).toString('hex');
const hash = (content: Uint8Array) => createHash('sha256').update(content).digest();
