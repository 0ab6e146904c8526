import type { Readable } from 'node:stream';

/** An object as a list shows it. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  /** Changes with the content. */
  readonly etag: string;
  /** When it was written, by the store's clock, in milliseconds since 1970. */
  readonly changedMs: number;
}

/** An object that is read. */
export interface OpenObject extends Pick<ListedObject, 'bytes' | 'etag'> {
  /** Of the content, hexadecimal, as its writer said; undefined of what other tools wrote. */
  readonly sha256: string | undefined;
  readonly body: Readable;
}

/** What must hold for a write; nothing where absent. */
export type WriteCondition =
  /** That nothing has the name. */
  | { readonly absent: true }
  /** That the object is still the one with this mark. */
  | { readonly etag: string };

/** A bucket, as far as it is needed here: what S3 and the stores that speak like it have in common. */
export interface ObjectStore {
  /** Every object whose key begins so. */
  list(prefix: string): Promise<ListedObject[]>;
  /** The folders right below one, by their names. */
  listFolders(prefix: string): Promise<string[]>;
  /** Opens an object; `unchanged` where it is still the one with the mark, undefined where there is none. */
  open(key: string, etag?: string): Promise<OpenObject | 'unchanged' | undefined>;
  /** Reads a small object; undefined where there is none. */
  read(
    key: string,
    signal?: AbortSignal,
  ): Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /** Writes a small object; its mark, or undefined where the condition does not hold: maybe since this write, whose answer was lost. */
  write(
    key: string,
    text: string,
    condition?: WriteCondition,
    signal?: AbortSignal,
  ): Promise<string | undefined>;
  /** Writes a file, a large one in parts, as {@link write} does. */
  upload(
    key: string,
    file: { readonly path: string; readonly bytes: number; readonly sha256: string },
    condition?: WriteCondition,
  ): Promise<string | undefined>;
  remove(keys: readonly string[]): Promise<void>;
}
