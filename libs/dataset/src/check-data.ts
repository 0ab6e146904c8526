import { basename, resolve } from 'node:path';
import { formatCells } from './csv-cell.js';
import type { LoadSettings } from './load-settings.js';
import { placeRow, readManifestLines } from './manifest-lines.js';
import { isUsed, readEntries } from './read-entries.js';
import type { Row } from './row.js';
import { type DroppedImage, findDropped } from './without-copies.js';

/** What stands in the way of data, and data without it. */
export interface DataCheck {
  /** Images that a run would use. */
  readonly imageCount: number;
  /** Images to leave out, in the order of their paths. */
  readonly dropped: readonly DroppedImage[];
  /** What a reader should know about the data. */
  readonly notes: readonly string[];
  /**
   * The text of the first data set's manifest without the dropped images: the rows of the manifest as they are written, or,
   * of an image folder or archives, what they say of each image.
   */
  formatManifest(): Promise<string>;
}

/**
 * Finds leaks between uses and copies in one use, without refusing the data for them.
 *
 * @throws Fault as `loadDataset` does, but for leaks and files that are named more than once.
 */
export async function checkData(settings: LoadSettings): Promise<DataCheck> {
  const { rows, entries, division, notes } = await readEntries(settings, { allowRepeats: true });
  const used = entries.filter(isUsed);
  const dropped = findDropped(used, division);
  return {
    imageCount: used.length,
    dropped,
    notes,
    async formatManifest() {
      const places = new Set(dropped.map(({ place }) => place));
      return settings.manifest === undefined
        ? formatRows(rows, places)
        : filterManifest(resolve(settings.root, settings.manifest), places);
    },
  };
}

async function filterManifest(path: string, dropped: ReadonlySet<string>): Promise<string> {
  const [header, ...lines] = await readManifestLines(path, { keepRaw: true });
  const name = basename(path);
  const kept = lines.filter(({ info }) => !dropped.has(placeRow(name, info.lines)));
  return [header!, ...kept].map(({ raw }) => endLine(raw!)).join('');
}

/** A row as it was written, with a whole line break: the parser leaves half of one of Windows, and the last row may have none. */
function endLine(raw: string): string {
  return `${raw.replaceAll(/^[\r\n]+|[\r\n]+$/g, '')}${/\r\n?$/.test(raw) ? '\r\n' : '\n'}`;
}

/** Columns that no row fills are left out. */
function formatRows(rows: readonly Row[], dropped: ReadonlySet<string>): string {
  const columns: readonly (readonly [name: string, read: (row: Row) => string])[] = [
    ['group', ({ group }) => group],
    ['role', ({ roles }) => roles.join('+')],
    ['split', ({ split = '' }) => split],
  ];
  const used = columns.filter(([, read]) => rows.some((row) => read(row) !== ''));
  const others = Object.keys(rows[0]?.columns ?? {});
  const kept = rows.filter(({ place }) => !dropped.has(place));
  return [
    ['path', 'label', ...used.map(([name]) => name), ...others],
    ...kept.map((row) => [
      row.path,
      row.label,
      ...used.map(([, read]) => read(row)),
      ...others.map((name) => row.columns![name]!),
    ]),
  ]
    .map((cells) => `${formatCells(cells)}\n`)
    .join('');
}
