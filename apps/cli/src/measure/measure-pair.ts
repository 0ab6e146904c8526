import { type BadImage, noteBadImages, type ServiceClients } from '@holdfast/controller';
import type { Role, Sample } from '@holdfast/dataset';
import type { ProviderRequest } from '@holdfast/engine';
import type { PlanFile } from '../read-plan-file.js';
import type { Terminal } from '../terminal/terminal.js';
import { type MeasuredModel, measureModel, noteModels, openModel } from './measure-model.js';
import { type PairedModels, pairModels } from './pair-models.js';
import { type MeasuredData, withPlanData } from './prepare-data.js';
import { withProgress, withServices } from './with-work.js';

/** Two models, the old one first, and where to compare them. */
export interface ModelPair {
  readonly reference: string;
  readonly candidate: string;
  readonly file: PlanFile;
  readonly role: Role;
  readonly executionProvider?: ProviderRequest | undefined;
  /** Whether a candidate with heads is measured without them, too. */
  readonly alsoWithoutHeads?: boolean;
}

/** Two models measured on the same samples. */
export interface MeasuredPair {
  readonly data: MeasuredData;
  readonly reference: MeasuredModel;
  readonly candidate: MeasuredModel;
  /** Of the samples that both could read. */
  readonly predictions: PairedModels;
  /** Those that either could not read: below the data root, with the reason. */
  readonly badImages: readonly BadImage[];
  /** What a person should know of the data, the models and the prompts. */
  readonly notes: readonly string[];
}

/** Measures two models one after another on the same samples, and lets `judge` use the services. */
export function measurePair<T>(
  terminal: Terminal,
  { file, role, executionProvider, alsoWithoutHeads = false, ...models }: ModelPair,
  judge: (services: ServiceClients, measured: MeasuredPair) => Promise<T>,
): Promise<T> {
  return withProgress(terminal, async (options) => {
    const oldModel = await openModel(models.reference, terminal.cwd);
    const newModel = await openModel(models.candidate, terminal.cwd);
    const limits = { threads: file.plan.engine.threads, executionProvider };
    return withServices(terminal, limits, (services) =>
      withPlanData(file, role, options, async (data) => {
        const { encoder } = services;
        const modelNotes = await noteModels(file, data, [oldModel, newModel]);
        const reference = await measureModel(encoder, oldModel, data, options);
        const candidate = await measureModel(encoder, newModel, data, {
          ...options,
          alsoWithoutHeads,
        });
        const predictions = pairModels(data.samples, reference, candidate);
        const badImages = listBadImages(data.samples, [reference, candidate]);
        const notes = [...data.dataset.notes, ...modelNotes, ...noteBadImages(badImages)];
        return judge(services, { data, reference, candidate, predictions, badImages, notes });
      }),
    );
  });
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
