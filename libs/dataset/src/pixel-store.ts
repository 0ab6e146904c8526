import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic, writeFully } from '@holdfast/artifacts';

/** An image that was left out. */
export interface BadImage {
  /** Index in the sample table. */
  readonly sample: number;
  /** Why, in one sentence that names the file. */
  readonly reason: string;
}

/** Pixels of images by position, each of the same size. */
export interface PixelReader {
  /** A view, or where the images do not fit in memory, a copy. */
  read(position: number): Uint8Array;
  close(): void;
}

/** Takes pixels in any order. */
export interface PixelWriter {
  write(position: number, pixels: Uint8Array): Promise<void>;
  /** Keeps what was written, with the bad images, under the cache's name. */
  finish(badImages: readonly BadImage[]): Promise<PixelReader>;
  /** Throws what was written away; also after `finish` failed. */
  abort(): Promise<void>;
}

/** What all images have in common. */
export interface PixelShape {
  readonly count: number;
  readonly imageBytes: number;
}

function createMemoryReader(data: Uint8Array, imageBytes: number): PixelReader {
  return {
    read: (position) => data.subarray(position * imageBytes, (position + 1) * imageBytes),
    close() {},
  };
}

/** Reads from a file image by image; the system's cache makes it cheap. */
function createFileReader(path: string, imageBytes: number): PixelReader {
  let file: number | undefined = openSync(path, 'r');
  return {
    read(position) {
      if (file === undefined) throw new RangeError('the prepared images are closed');
      const pixels = new Uint8Array(imageBytes);
      const count = readSync(file, pixels, 0, imageBytes, position * imageBytes);
      if (count !== imageBytes) throw new RangeError(`${path} became shorter`);
      return pixels;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** Keeps pixels in memory; with a cache name, writes them there in the end. */
export function createMemoryWriter(
  { count, imageBytes }: PixelShape,
  cacheName?: string,
): PixelWriter {
  const data = new Uint8Array(count * imageBytes);
  return {
    async write(position, pixels) {
      data.set(pixels, position * imageBytes);
    },
    async finish(badImages) {
      if (cacheName !== undefined) {
        await writeFileAtomic(`${cacheName}.pixels`, data);
        await writeFileAtomic(`${cacheName}.json`, JSON.stringify({ badImages }));
      }
      return createMemoryReader(data, imageBytes);
    },
    async abort() {},
  };
}

/** Writes pixels straight to the cache's file, for more images than memory takes. */
export async function createFileWriter(
  { imageBytes, count }: PixelShape,
  cacheName: string,
): Promise<PixelWriter> {
  const folder = dirname(cacheName);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  const file: FileHandle = await open(temporary, 'wx');
  await file.truncate(count * imageBytes);
  return {
    async write(position, pixels) {
      await writeFully(file, position * imageBytes, pixels);
    },
    async finish(badImages) {
      await file.sync();
      await file.close();
      await rename(temporary, `${cacheName}.pixels`);
      await writeFileAtomic(`${cacheName}.json`, JSON.stringify({ badImages }));
      return createFileReader(`${cacheName}.pixels`, imageBytes);
    },
    async abort() {
      await file.close();
      await rm(temporary, { force: true });
    },
  };
}

/** What a cache holds. */
export interface CachedPixels {
  readonly reader: PixelReader;
  readonly badImages: readonly BadImage[];
}

/** Opens what a writer kept under this name; undefined if it is not there, or not whole. */
export async function openCachedPixels(
  cacheName: string,
  { count, imageBytes }: PixelShape,
  { inMemory }: { readonly inMemory: boolean },
): Promise<CachedPixels | undefined> {
  const path = `${cacheName}.pixels`;
  try {
    // Written last, so that it vouches for the pixels.
    const { badImages } = JSON.parse(await readFile(`${cacheName}.json`, 'utf8')) as {
      badImages: BadImage[];
    };
    if ((await stat(path)).size !== count * imageBytes || !Array.isArray(badImages)) {
      return undefined;
    }
    const reader = inMemory
      ? createMemoryReader(await readFile(path), imageBytes)
      : createFileReader(path, imageBytes);
    return { reader, badImages };
  } catch {
    return undefined;
  }
}
