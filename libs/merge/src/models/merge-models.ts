import {
  type ClipDirectory,
  composeClipDirectory,
  createParameterLayout,
  openClipDirectory,
} from '@holdfast/clip';
import { Fault } from '@holdfast/fault';
import type { MergeMethod, MergeRecord } from '../merge-record.js';
import { findThresholds, type Visit } from '../methods/find-thresholds.js';
import { batchEntries, type NumberedEntry } from './batch-entries.js';
import { checkNumbers } from './check-numbers.js';
import { createMerge } from './create-merge.js';
import { readBatch } from './read-batch.js';
import { requireMergeable } from './require-mergeable.js';

/** A model by its directory. */
export interface MergeSource {
  readonly path: string;
  /** As a person named it: what the record says. */
  readonly name: string;
}

/** Models to merge, how, and where to. */
export interface MergeSettings {
  /** What all models were fine-tuned from. */
  readonly base: MergeSource;
  readonly models: readonly (MergeSource & { readonly weight: number })[];
  readonly method: MergeMethod;
  readonly scale: number;
  /** Directory to make. */
  readonly target: string;
  readonly signal: AbortSignal;
  /** Parameters gone over, of all that will be. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Read at once of each model, unless one parameter has more: 32 MiB. */
const batchElements = 2 ** 23;

/** Name of the file in a merged model that says what it was made of. */
const recordName = 'merge.json';

/**
 * Merges models into a directory like the base's that appears whole or not at all, with `merge.json`. Of
 * all of them a batch of parameters is in memory at a time.
 *
 * @returns what `merge.json` says.
 * @throws Fault `invalid` where the numbers or models cannot be merged; `precondition` where a merged weight is not
 *   finite, or beyond the range of the base's element type.
 */
export async function mergeModels(settings: MergeSettings): Promise<MergeRecord> {
  const { method, scale, target, signal } = settings;
  const weights = settings.models.map(({ weight }) => weight);
  checkNumbers({ method, weights, scale });
  const base = await openClipDirectory(settings.base.path);
  const models: ClipDirectory[] = [];
  for (const { path } of settings.models) models.push(await openClipDirectory(path));
  requireMergeable(base, models);

  const { entries } = createParameterLayout(base.config);
  const batches = batchEntries(entries, batchElements);
  const passes = method.name === 'ties' ? 3 : 1;
  let done = 0;
  const read = async (batch: readonly NumberedEntry[]) => {
    signal.throwIfAborted();
    const parameters = await readBatch(base, models, batch);
    done += batch.length;
    settings.onProgress(done, passes * entries.length);
    return parameters;
  };
  const visit: Visit = async (see) => {
    for (const batch of batches) {
      for (const { base, models } of await read(batch)) see(base, models);
    }
  };
  const thresholds =
    method.name === 'ties'
      ? await findThresholds(visit, { models: models.length, density: method.density })
      : [];
  const { vision, text } = base.config;
  const layers = { vision: vision.layers, text: text.layers };
  const merge = createMerge({ method, weights, scale, layers, thresholds });

  // Files hold parameters in an order of their own: what of a batch is not asked for yet waits.
  const waiting = new Map<string, Float32Array>();
  const compute = async (name: string) => {
    if (!waiting.has(name)) {
      const batch = batches.find((one) => one.some(({ entry }) => entry.name === name))!;
      for (const parameter of await read(batch)) {
        waiting.set(parameter.entry.name, merge(parameter));
      }
    }
    const merged = waiting.get(name)!;
    waiting.delete(name);
    refuseNotFinite(name, merged);
    return merged;
  };

  const record = (sha256: string): MergeRecord => ({
    schema: 'holdfast.merge/1',
    sha256,
    method,
    scale,
    base: { path: settings.base.name, sha256: base.sha256 },
    models: settings.models.map(({ name, weight }, i) => ({
      path: name,
      sha256: models[i]!.sha256,
      weight,
    })),
    notes: noteScales(base, models),
  });
  const { sha256 } = await composeClipDirectory({
    source: base,
    target,
    compute,
    describe: (sha256) =>
      new Map([[recordName, Buffer.from(`${JSON.stringify(record(sha256), null, 2)}\n`)]]),
  });
  return record(sha256);
}

/** The scale of similarities is no parameter: the base's stays. */
function noteScales(base: ClipDirectory, models: readonly ClipDirectory[]): string[] {
  return models
    .filter(({ logitScale }) => logitScale !== base.logitScale)
    .map(
      ({ path, logitScale }) =>
        `${path} has the logit_scale ${logitScale}; the merged model keeps the base's ${base.logitScale}, which changes how sure answers are and none of them`,
    );
}

function refuseNotFinite(name: string, values: Float32Array): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index === -1) return;
  throw new Fault(
    'precondition',
    `${name}: element ${index} of the merged weights is ${values[index]}: take smaller weights or a smaller scale`,
  );
}
