import type { CellRecord } from './study-record.js';

/** What a study calls its model and its data in records of CLIP_benchmark. */
export interface BenchmarkNames {
  readonly model: string;
  readonly data: string;
}

/** A record as `clip_benchmark eval` writes it, with more columns. Shares are fractions. */
interface BenchmarkRecord {
  readonly dataset: string;
  readonly model: string;
  readonly pretrained: string;
  readonly task: 'zeroshot_classification';
  readonly metrics: { readonly acc1: number; readonly mean_per_class_recall: number };
  readonly language: string;
  readonly [column: string]: unknown;
}

/**
 * `clip-benchmark.jsonl`: a record of CLIP_benchmark a line, for each finished run, label space and part of the data, of the
 * old model and of the new one. What the old model says is the same in every run that measured it alike, and is written once.
 *
 * Only what was measured is there: no `acc5`, which a run does not measure. The language of prompts is not known.
 *
 * Source of the format: LAION's CLIP_benchmark, clip_benchmark/cli.py.
 */
export function formatBenchmark(
  cells: readonly CellRecord[],
  { model, data }: BenchmarkNames,
): string {
  const known = new Map<string, number>();
  const lines = cells.flatMap(({ cell, method, seed, target, variant, figures }) => {
    if (figures === null) return [];
    return figures.spaces.flatMap(({ images, space, examples, ...models }) => {
      const record = (
        name: string,
        { accuracy, meanPerClassRecall }: typeof models.old,
        more: object,
      ): BenchmarkRecord => ({
        dataset: [data, ...(space === null ? [] : [space]), images].join('/'),
        model,
        pretrained: name,
        task: 'zeroshot_classification',
        metrics: { acc1: accuracy, mean_per_class_recall: meanPerClassRecall },
        language: 'unknown',
        examples,
        ...more,
      });
      const old = record('old', models.old, { sha256: figures.oldSha256 });
      const renewed = record(cell, models.new, {
        sha256: figures.newSha256,
        ...{ method, seed, target, ...(variant !== null && { variant }), outcome: figures.outcome },
      });
      return [...nameOnce(old, known), renewed];
    });
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** A record that was not written before; where methods measure otherwise, the second is of `old-2`. */
function nameOnce(record: BenchmarkRecord, known: Map<string, number>): BenchmarkRecord[] {
  const key = JSON.stringify(record);
  if (known.has(key)) return [];
  const count = (known.get(record.dataset) ?? 0) + 1;
  known.set(record.dataset, count);
  known.set(key, 0);
  return [count === 1 ? record : { ...record, pretrained: `old-${count}` }];
}
