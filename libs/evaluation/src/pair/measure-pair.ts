import { type Sample, withoutCorrupted } from '@holdfast/dataset';
import type { PlanFile } from '../data/plan-file.js';
import type { DriftData } from '../drift/read-drift.js';
import type { FirstModel } from '../judge/release-question.js';
import {
  type MeasuredModel,
  type MeasuringEncoder,
  type ModelToMeasure,
  measureModel,
  noteModels,
  openModel,
} from '../measure/measure-model.js';
import type { MeasureOptions } from '../measure/measure-options.js';
import { type MeasuredData, type MeasuredPart, withPlanData } from '../measure/prepare-data.js';
import { type BadImage, noteBadImages } from '../report/describe-data.js';
import type { WatchedDrift } from '../report/report-claims.js';
import { type PairedModels, pairModels } from './pair-models.js';

/** Two models, the old one first, and where to compare them. */
export interface ModelPair {
  readonly reference: string;
  readonly candidate: string;
  readonly file: PlanFile;
  readonly images: MeasuredPart['images'];
  /** Whether a candidate with heads is measured without them, too. */
  readonly alsoWithoutHeads?: boolean;
  /** Whether what the plan watches beside its tasks is measured: the first released model, and drift. */
  readonly withClaims?: boolean;
}

/** Two models measured on the same samples. */
export interface MeasuredPair {
  readonly data: MeasuredData;
  readonly reference: MeasuredModel;
  readonly candidate: MeasuredModel;
  /** Of the samples that all could read. */
  readonly predictions: PairedModels;
  /** The first released model on them, where the plan names another than the reference. */
  readonly first?: FirstModel | undefined;
  /** Images without labels that both could read, and what they answer there. */
  readonly watched?: WatchedDrift | undefined;
  /** Those that either could not read: below the data root, with the reason. */
  readonly badImages: readonly BadImage[];
  /** What a person should know of the data, the models and the prompts. */
  readonly notes: readonly string[];
}

/** A pair whose directories were looked into. */
export interface OpenedPair extends Omit<ModelPair, 'reference' | 'candidate'> {
  readonly reference: ModelToMeasure;
  readonly candidate: ModelToMeasure;
  /** The first released model, where it is measured and the plan names one. */
  readonly first: ModelToMeasure | undefined;
}

/** Looks into the models' directories, before anything is computed. */
export async function openPair(pair: ModelPair, cwd: string): Promise<OpenedPair> {
  const { file, withClaims = false } = pair;
  const { firstModel } = file.plan.gate;
  return {
    ...pair,
    reference: await openModel(pair.reference, cwd),
    candidate: await openModel(pair.candidate, cwd),
    first:
      withClaims && firstModel !== undefined
        ? await openModel(firstModel, file.basePath)
        : undefined,
  };
}

/** Measures two models one after another on the same samples, and calls `judge` while their data are at hand. */
export function measurePair<T>(
  encoder: MeasuringEncoder,
  { file, images, alsoWithoutHeads = false, withClaims = false, ...opened }: OpenedPair,
  options: MeasureOptions,
  judge: (measured: MeasuredPair) => Promise<T>,
): Promise<T> {
  const { first } = opened;
  return withPlanData(
    file,
    { images, logitScale: opened.candidate.logitScale },
    options,
    async (data) => {
      const modelNotes = await noteModels(file, data, [
        opened.reference,
        opened.candidate,
        ...(first ? [first] : []),
      ]);
      const reference = await measureModel(encoder, opened.reference, data, options);
      const candidate = await measureModel(encoder, opened.candidate, data, {
        ...options,
        alsoWithoutHeads,
      });
      const oldest = first && (await measureModel(encoder, first, data, options));
      const models = [reference, candidate, ...(oldest ? [oldest] : [])];
      const predictions = pairModels(data.samples, reference, candidate, oldest);
      const { drift } = data;
      const badImages = listBadImages([...data.samples, ...(drift?.samples ?? [])], models);
      const notes = [
        ...data.dataset.notes,
        ...modelNotes,
        ...(drift?.notes ?? []),
        ...noteBadImages(badImages),
      ];
      return judge({
        data,
        reference,
        candidate,
        predictions,
        badImages,
        notes,
        watched: drift && watch(drift, reference, candidate),
        first:
          oldest && oldest.sha256 !== reference.sha256
            ? { sha256: oldest.sha256, predictions: predictions.oldest! }
            : undefined,
      });
    },
    { withDrift: withClaims },
  );
}

/** What both models answer on the images that both could read. */
function watch(drift: DriftData, reference: MeasuredModel, candidate: MeasuredModel): WatchedDrift {
  const rows = drift.samples.flatMap(({ index }, row) =>
    reference.badSamples.has(index) || candidate.badSamples.has(index) ? [] : [row],
  );
  const pick = (answers: Uint32Array) => Uint32Array.from(rows, (row) => answers[row]!);
  return {
    data: { ...drift, samples: rows.map((row) => drift.samples[row]!) },
    answers: {
      reference: pick(reference.driftAnswers!),
      candidate: pick(candidate.driftAnswers!),
    },
  };
}

function listBadImages(
  samples: readonly Sample[],
  models: readonly MeasuredModel[],
): readonly BadImage[] {
  return withoutCorrupted(samples).flatMap(({ index, relativePath }) => {
    const reason = models.map(({ badSamples }) => badSamples.get(index)).find(Boolean);
    return reason === undefined ? [] : [{ path: relativePath, reason }];
  });
}
