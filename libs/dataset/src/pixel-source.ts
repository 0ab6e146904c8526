import { closeSync, openSync, readSync } from 'node:fs';

/** Where prepared pixels are, so that any thread can read them: memory that all share, or a file. */
export type PixelSource =
  | { readonly imageBytes: number; readonly shared: SharedArrayBuffer }
  | { readonly imageBytes: number; readonly path: string };

/** Pixels of images by position, each of the same size. */
export interface PixelReader {
  readonly source: PixelSource;
  /** A view, or where the images do not fit in memory, a copy. */
  read(position: number): Uint8Array;
  close(): void;
}

/** Opens pixels that this or another thread prepared. */
export function openPixelSource(source: PixelSource): PixelReader {
  return 'path' in source ? openFile(source) : openShared(source);
}

function openShared(source: Extract<PixelSource, { shared: SharedArrayBuffer }>): PixelReader {
  const { shared, imageBytes } = source;
  return {
    source,
    read: (position) => new Uint8Array(shared, position * imageBytes, imageBytes),
    close() {},
  };
}

/** Reads image by image; the system's cache makes it cheap. */
function openFile(source: Extract<PixelSource, { path: string }>): PixelReader {
  const { path, imageBytes } = source;
  let file: number | undefined = openSync(path, 'r');
  return {
    source,
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
