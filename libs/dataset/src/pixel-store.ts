import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nameTemporary, writeFileAtomic, writeFully } from '@holdfast/artifacts';
import { nameFullDisk } from '@holdfast/fault';
import { openPixelSource, type PixelReader } from './pixel-source.js';

/** An image that was left out. */
export interface BadImage {
  /** Index in the sample table. */
  readonly sample: number;
  /** Why, in one sentence that names the file. */
  readonly reason: string;
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

/** Keeps pixels in memory that threads share; with a cache name, writes them there in the end. */
export function createMemoryWriter(
  { count, imageBytes }: PixelShape,
  cacheName?: string,
): PixelWriter {
  const shared = new SharedArrayBuffer(count * imageBytes);
  const data = new Uint8Array(shared);
  return {
    async write(position, pixels) {
      data.set(pixels, position * imageBytes);
    },
    async finish(badImages) {
      if (cacheName !== undefined) {
        await writeFileAtomic(`${cacheName}.pixels`, data);
        await writeFileAtomic(`${cacheName}.json`, JSON.stringify({ badImages }));
      }
      return openPixelSource({ shared, imageBytes });
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
  const temporary = join(folder, await nameTemporary());
  const file: FileHandle = await open(temporary, 'wx');
  await file.truncate(count * imageBytes);
  return {
    async write(position, pixels) {
      await writeFully(file, position * imageBytes, pixels).catch((error: unknown) => {
        throw nameFullDisk(error, `${cacheName}.pixels`);
      });
    },
    async finish(badImages) {
      await file.sync();
      await file.close();
      await rename(temporary, `${cacheName}.pixels`);
      await writeFileAtomic(`${cacheName}.json`, JSON.stringify({ badImages }));
      return openPixelSource({ path: `${cacheName}.pixels`, imageBytes });
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
    const source = inMemory ? { shared: await readShared(path), imageBytes } : { path, imageBytes };
    return { reader: openPixelSource(source), badImages };
  } catch {
    return undefined;
  }
}

async function readShared(path: string): Promise<SharedArrayBuffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const shared = new SharedArrayBuffer(size);
    const data = new Uint8Array(shared);
    for (let done = 0; done < size; ) {
      const { bytesRead } = await file.read(data, done, size - done, done);
      if (bytesRead === 0) throw new RangeError(`${path} became shorter`);
      done += bytesRead;
    }
    return shared;
  } finally {
    await file.close();
  }
}
