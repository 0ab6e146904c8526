import { resolve } from 'node:path';
import type { Role } from '@holdfast/dataset';
import type {
  EvaluatorServiceClient,
  PairedPredictions,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { PlanFile } from '../read-plan-file.js';
import type { Terminal } from '../terminal/terminal.js';
import { type MeasuredModel, measureModel } from './measure-model.js';
import { pairModels } from './pair-models.js';
import { type MeasuredData, withPlanData } from './prepare-data.js';
import { withProgress, withServices } from './with-work.js';

/** Two models, the old one first, and where to compare them. */
export interface ModelPair {
  readonly reference: string;
  readonly candidate: string;
  readonly file: PlanFile;
  readonly role: Role;
  /** Instead of the plan's tolerances. */
  readonly tolerance?: number | undefined;
}

/** Two models measured on the same samples. */
export interface MeasuredPair {
  readonly data: MeasuredData;
  readonly reference: MeasuredModel;
  readonly candidate: MeasuredModel;
  readonly tasks: PairedPredictions[];
}

/** Measures two models one after another on the same samples, and lets `judge` use the evaluator. */
export function measurePair<T>(
  terminal: Terminal,
  pair: ModelPair,
  judge: (evaluator: EvaluatorServiceClient, measured: MeasuredPair) => Promise<T>,
): Promise<T> {
  const { file, role, tolerance } = pair;
  return withProgress(terminal, (options) =>
    withServices(file.plan, ({ encoder, evaluator }) =>
      withPlanData(file, role, options, async (data) => {
        const path = (model: string) => resolve(terminal.cwd, model);
        const reference = await measureModel(encoder, path(pair.reference), data, options);
        const candidate = await measureModel(encoder, path(pair.candidate), data, options);
        const tasks = pairModels(data, reference, candidate, tolerance);
        return judge(evaluator, { data, reference, candidate, tasks });
      }),
    ),
  );
}
