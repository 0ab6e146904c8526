/** Where an image lies in an archive: bytes of a tar as they are, or a row of a Parquet file. */
export type ArchivePlace =
  | { readonly archive: string; readonly offset: number; readonly bytes: number }
  | { readonly archive: string; readonly row: number; readonly column: string };

/**
 * A place as one text, which stands for a path in a sample: `shard.tar#offset=1536&bytes=20000`, or
 * `train.parquet#row=12&column=image`.
 */
export function formatPlace(place: ArchivePlace): string {
  return 'row' in place
    ? `${place.archive}#row=${place.row}&column=${place.column}`
    : `${place.archive}#offset=${place.offset}&bytes=${place.bytes}`;
}

const pattern = /^(.+)#(?:offset=(\d{1,15})&bytes=(\d{1,15})|row=(\d{1,15})&column=(.+))$/s;

/** The place that {@link formatPlace} wrote; undefined of any other path. */
export function parsePlace(path: string): ArchivePlace | undefined {
  const [, archive, offset, bytes, row, column] = pattern.exec(path) ?? [];
  if (archive === undefined) return undefined;
  return column === undefined
    ? { archive, offset: Number(offset), bytes: Number(bytes) }
    : { archive, row: Number(row), column };
}

/** The file that an image's bytes lie in: the archive, or the path itself. */
export function findFile(path: string): string {
  return parsePlace(path)?.archive ?? path;
}
