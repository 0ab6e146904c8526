import type { CompareSettings } from '../duplicates/compare-images.js';
import type { DataSource } from '../source/data-source.js';
import { readRows } from '../table/read-rows.js';
import { type InspectImage, readTable } from '../table/read-table.js';
import { countTable, noteTable } from './count-table.js';
import { findInTable } from './find-in-table.js';
import type { Inspection, NamedImage } from './inspection.js';
import { createNamer, listFoundRows, nameFindings, nameProblems } from './name-findings.js';
import { sampleClasses } from './sample-classes.js';

/** How data are inspected. */
export interface InspectSettings extends CompareSettings {
  /** Reads one image; absent: files are looked for, and not opened. */
  readonly inspect?: InspectImage | undefined;
  readonly concurrency?: number | undefined;
  /** Images of each class to show; default none. */
  readonly samplesPerClass?: number | undefined;
}

/** What is found in data, and images of each class to show. */
export interface Inspected {
  readonly inspection: Inspection;
  readonly samples: readonly { readonly label: string; readonly images: readonly NamedImage[] }[];
}

/**
 * Inspects a manifest or an image folder: counts, what cannot be read, copies and leaks, quality.
 *
 * @throws Fault as the source does. What is wrong with rows and images is part of what is found.
 */
export async function inspectData(
  source: DataSource,
  settings: InspectSettings,
): Promise<Inspected> {
  const { inspect, concurrency, samplesPerClass = 0, signal, onProgress } = settings;
  const total = await source.countRows();
  const table = await readTable(source, {
    inspect,
    concurrency,
    signal,
    onProgress: (done) => onProgress('reading rows', done, Math.max(done, total)),
  });
  const found = await findInTable(source, table, settings);
  const samples = sampleClasses(table, samplesPerClass);
  const wanted = listFoundRows(table, found);
  for (const { rows } of samples) for (const row of rows) wanted.add(row);
  const names = await readRows(source, wanted, signal);
  const nameImage = createNamer(table, names);
  return {
    inspection: {
      ...countTable(table),
      problems: nameProblems(table, names),
      ...nameFindings(found, nameImage),
      notes: [...source.notes, ...noteTable(table), ...(found.images?.near.notes ?? [])],
    },
    samples: samples.map(({ label, rows }) => ({ label, images: rows.map(nameImage) })),
  };
}
