import { basename, resolve } from 'node:path';
import { quoteCell } from './csv-cell.js';
import type { Entry } from './entry.js';
import type { LoadSettings } from './load-settings.js';
import { placeRow, readManifestLines } from './manifest-lines.js';
import { isUsed, readEntries } from './read-entries.js';
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
   * of an image folder, path and label.
   */
  formatManifest(): Promise<string>;
}

/**
 * Finds leaks between uses and copies in one use, without refusing the data for them.
 *
 * @throws Fault as `loadDataset` does, but for leaks and files that are named more than once.
 */
export async function checkData(settings: LoadSettings): Promise<DataCheck> {
  const { entries, division, notes } = await readEntries(settings, { allowRepeats: true });
  const used = entries.filter(isUsed);
  const dropped = findDropped(used, division);
  return {
    imageCount: used.length,
    dropped,
    notes,
    async formatManifest() {
      const places = new Set(dropped.map(({ place }) => place));
      return settings.manifest === undefined
        ? formatFolder(entries, places)
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

/** The last row may end without a line break. */
function endLine(raw: string): string {
  return /[\r\n]$/.test(raw) ? raw : `${raw}\n`;
}

function formatFolder(entries: readonly Entry[], dropped: ReadonlySet<string>): string {
  const rows = entries
    .filter(({ place, source }) => source === undefined && !dropped.has(place))
    .map(({ relativePath, label }) => `${quoteCell(relativePath)},${quoteCell(label)}\n`);
  return `path,label\n${rows.join('')}`;
}
