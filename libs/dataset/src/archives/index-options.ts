import type { ArchiveColumns } from './archive-index.js';

/** How an archive is indexed. */
export interface IndexOptions {
  /** What to call it in messages. */
  readonly name: string;
  readonly columns: ArchiveColumns;
  /** Further columns to keep, in lower case; default: none. */
  readonly asked?: readonly string[] | undefined;
  /** Told of bytes that were read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}
