import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, writeFileAtomic } from '@holdfast/artifacts';
import { createSampleThumbnail, formatCells, noLabel } from '@holdfast/dataset';
import { noClass } from '@holdfast/labelling';
import { type LabellingItem, renderLabelling } from '@holdfast/report';
import type { MeasureOptions } from '../measure/measure-options.js';
import type { CountedPool } from './count-pool.js';

/** Images on one page: what a browser shows without effort. */
const pageImagesMax = 1000;
/** Longest side of a picture to label, in pixels. */
const pictureSizePx = 256;

/** Where the queue was written. */
export interface WrittenQueue {
  readonly table: string;
  readonly pages: readonly string[];
}

/** What a queue is of. */
export interface QueueSettings {
  readonly folder: string;
  readonly planName: string;
}

/**
 * Writes what is to be labelled: `queue.csv` (path, group, reason, label: the label empty where it is asked for) and
 * pages to label on. Labels that were given outside the queue follow at the end of the table, so that it holds all.
 */
export async function writeQueue(
  { queue, samples, measured }: CountedPool,
  { folder, planName }: QueueSettings,
  { signal, onProgress }: MeasureOptions,
): Promise<WrittenQueue> {
  const labels = new Map(
    measured.data.samples.flatMap(({ relativePath, label }) =>
      label === noLabel ? [] : [[relativePath, label]],
    ),
  );
  await mkdir(folder, { recursive: true });
  const table = join(folder, 'queue.csv');
  const rows = queue.map(({ place, reason }) => {
    const { relativePath: path, group } = samples[place]!;
    return [path, group, reason, labels.get(path) ?? ''];
  });
  const queued = new Set(rows.map(([path]) => path!));
  const others = [...labels].filter(([path]) => !queued.has(path));
  const lines = [
    ['path', 'group', 'reason', 'label'],
    ...rows,
    ...others.map(([path, label]) => [path, '', 'given', label]),
  ];
  await writeFileAtomic(table, `${lines.map(formatCells).join('\n')}\n`);
  const { classes } = measured.data.tasks;
  const storageKey = sha256(samples.map((sample) => sample.sha256).join('\n'));
  const partCount = Math.ceil(rows.length / pageImagesMax);
  const pages: string[] = [];
  for (let part = 0; part < partCount; part += 1) {
    const items: LabellingItem[] = [];
    for (const { place } of queue.slice(part * pageImagesMax, (part + 1) * pageImagesMax)) {
      signal.throwIfAborted();
      const { path, relativePath, group } = samples[place]!;
      const label = labels.get(relativePath);
      const picture = await createSampleThumbnail(path, pictureSizePx);
      items.push({ path: relativePath, group, picture, label });
      onProgress('preparing images to label', part * pageImagesMax + items.length, rows.length);
    }
    const page = join(folder, partCount === 1 ? 'label.html' : `label-${part + 1}.html`);
    const source = { planName, classes, noClass, items, part, partCount, storageKey };
    await writeFileAtomic(page, renderLabelling(source));
    pages.push(page);
  }
  return { table, pages };
}
