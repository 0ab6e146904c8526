import {
  type BadImage,
  type DriftData,
  type FirstModel,
  noteBadImages,
  type ServiceClients,
  type WatchedDrift,
} from '@holdfast/controller';
import type { Sample } from '@holdfast/dataset';
import type { ProviderRequest } from '@holdfast/engine';
import type { PlanFile } from '../read-plan-file.js';
import type { Terminal } from '../terminal/terminal.js';
import { type MeasuredModel, measureModel, noteModels, openModel } from './measure-model.js';
import type { MeasureOptions } from './measure-options.js';
import { type PairedModels, pairModels } from './pair-models.js';
import { type MeasuredData, type MeasuredPart, withPlanData } from './prepare-data.js';
import { withProgress, withServices } from './with-work.js';

/** Two models, the old one first, and where to compare them. */
export interface ModelPair {
  readonly reference: string;
  readonly candidate: string;
  readonly file: PlanFile;
  readonly images: MeasuredPart['images'];
  readonly executionProvider?: ProviderRequest | undefined;
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

/** Measures two models one after another on the same samples, and lets `judge` use the services. */
export function measurePair<T>(
  terminal: Terminal,
  {
    file,
    images,
    executionProvider,
    alsoWithoutHeads = false,
    withClaims = false,
    ...models
  }: ModelPair,
  judge: (services: ServiceClients, measured: MeasuredPair, options: MeasureOptions) => Promise<T>,
): Promise<T> {
  return withProgress(terminal, async (options) => {
    const oldModel = await openModel(models.reference, terminal.cwd);
    const newModel = await openModel(models.candidate, terminal.cwd);
    const { firstModel } = file.plan.gate;
    const first =
      withClaims && firstModel !== undefined
        ? await openModel(firstModel, file.basePath)
        : undefined;
    const limits = { threads: file.plan.engine.threads, executionProvider };
    return withServices(terminal, limits, (services) =>
      withPlanData(
        file,
        { images, logitScale: newModel.logitScale },
        options,
        async (data) => {
          const { encoder } = services;
          const modelNotes = await noteModels(file, data, [
            oldModel,
            newModel,
            ...(first ? [first] : []),
          ]);
          const reference = await measureModel(encoder, oldModel, data, options);
          const candidate = await measureModel(encoder, newModel, data, {
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
          const measured: MeasuredPair = {
            ...{ data, reference, candidate, predictions, badImages, notes },
            watched: drift && watch(drift, reference, candidate),
            first:
              oldest && oldest.sha256 !== reference.sha256
                ? { sha256: oldest.sha256, predictions: predictions.oldest! }
                : undefined,
          };
          return judge(services, measured, options);
        },
        { withDrift: withClaims },
      ),
    );
  });
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
  return samples.flatMap(({ index, relativePath }) => {
    const reason = models.map(({ badSamples }) => badSamples.get(index)).find(Boolean);
    return reason === undefined ? [] : [{ path: relativePath, reason }];
  });
}
