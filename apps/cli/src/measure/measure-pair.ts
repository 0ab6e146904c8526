import { resolve } from 'node:path';
import type { ServiceClients } from '@holdfast/controller';
import type { Role } from '@holdfast/dataset';
import type { PlanFile } from '../read-plan-file.js';
import type { Terminal } from '../terminal/terminal.js';
import { type MeasuredModel, measureModel } from './measure-model.js';
import { type PairedModels, pairModels } from './pair-models.js';
import { type MeasuredData, withPlanData } from './prepare-data.js';
import { withProgress, withServices } from './with-work.js';

/** Two models, the old one first, and where to compare them. */
export interface ModelPair {
  readonly reference: string;
  readonly candidate: string;
  readonly file: PlanFile;
  readonly role: Role;
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
}

/** Measures two models one after another on the same samples, and lets `judge` use the services. */
export function measurePair<T>(
  terminal: Terminal,
  { file, role, alsoWithoutHeads = false, ...models }: ModelPair,
  judge: (services: ServiceClients, measured: MeasuredPair) => Promise<T>,
): Promise<T> {
  return withProgress(terminal, (options) =>
    withServices(file.plan, (services) =>
      withPlanData(file, role, options, async (data) => {
        const at = (model: string) => ({ path: resolve(terminal.cwd, model) });
        const newModel = { ...at(models.candidate), alsoWithoutHeads };
        const { encoder } = services;
        const reference = await measureModel(encoder, at(models.reference), data, options);
        const candidate = await measureModel(encoder, newModel, data, options);
        const predictions = pairModels(data.samples, reference, candidate);
        return judge(services, { data, reference, candidate, predictions });
      }),
    ),
  );
}
