import { basename } from 'node:path';
import { type FieldPath, formatFieldPath } from './field-path.js';
import type { PlanDraft } from './schema.js';

/** An objective or a constraint of the user's own, as a plan names it. */
export interface PlannedModule {
  /** Of the plan, for messages: `constraints.modules[0].module`. */
  readonly field: string;
  readonly kind: 'objective' | 'constraint';
  /** Its file, as the plan has it. */
  readonly path: string;
  /** Unique among a run's modules. */
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly timeLimitSeconds: number | undefined;
  /** kappa, of a constraint. */
  readonly requiredSlack: number;
  /** Names of the protected tasks that a constraint sees; undefined: every one. */
  readonly tasks: readonly string[] | undefined;
}

/** The modules of a plan: the objective's first, then the constraints' in their order. */
export function listModules({
  objective,
  constraints,
}: Pick<PlanDraft, 'objective' | 'constraints'>): PlannedModule[] {
  const describe = (
    part: NonNullable<PlanDraft['constraints']['modules']>[number],
    kind: PlannedModule['kind'],
    path: FieldPath,
  ): PlannedModule => ({
    kind,
    field: formatFieldPath([...path, 'module']),
    path: part.module,
    name: part.name ?? basename(part.module),
    options: part.options ?? {},
    timeLimitSeconds: part.timeLimitSeconds,
    requiredSlack: part.requiredSlack,
    tasks: part.tasks,
  });
  const { module, ...rest } = objective;
  const own =
    module === undefined
      ? []
      : [describe({ ...rest, module, requiredSlack: 0 }, 'objective', ['objective'])];
  const others = (constraints.modules ?? []).map((part, i) =>
    describe(part, 'constraint', ['constraints', 'modules', i]),
  );
  return [...own, ...others];
}
