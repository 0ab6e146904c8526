import { listConstrained, type RunTasks } from '@holdfast/evaluation';
import { Fault, isFault } from '@holdfast/fault';
import { listModules, type Plan, type PlannedModule, trainsImages } from '@holdfast/plan';
import {
  type OpenTermResponse,
  TermKind,
  type TermServiceClient,
  type TermSizes,
} from '@holdfast/proto/holdfast/term/v1/term';
import type { RunModules } from '@holdfast/run-store';
import { fromDuration, toDuration } from '@holdfast/service-kit';
import { describeBackEnd } from './describe-back-end.js';

/** What opening a plan's modules needs. */
export interface OpenModulesOptions {
  readonly runId: string;
  readonly plan: Plan;
  readonly tasks: RunTasks;
  readonly modules: RunModules;
  /** Captions that the classes can be drawn with. */
  readonly captionCount: number;
  /** d, the columns of an embedding. */
  readonly width: number;
}

const kinds = {
  objective: TermKind.TERM_KIND_OBJECTIVE,
  constraint: TermKind.TERM_KIND_CONSTRAINT,
} as const;

/**
 * Opens the modules of a plan, which tries each on random rows of the sizes that a step has.
 *
 * @returns a note on each: where it is computed, and what it costs.
 * @throws Fault naming the plan's field of a module that cannot be used.
 */
export async function openModules(
  terms: TermServiceClient,
  { runId, plan, tasks, modules, ...shape }: OpenModulesOptions,
): Promise<string[]> {
  const notes: string[] = [];
  for (const module of listModules(plan)) {
    const { kind, name, path, timeLimitSeconds } = module;
    const { source, sha256 } = modules.get(path)!;
    const { objective, constraints } = plan;
    const sizes = countSizes(plan, tasks, { ...shape, ...module });
    const opening = terms.openTerm({
      runId,
      name,
      kind: kinds[kind],
      source: Buffer.from(source),
      sourceSha256: sha256,
      options: module.options,
      temperature:
        kind === 'objective' ? objective.contrastiveTemperature : constraints.constraintTemperature,
      sizes,
      timeLimit: timeLimitSeconds === undefined ? undefined : toDuration(timeLimitSeconds * 1000),
    });
    const found = await opening.catch((error: unknown) => {
      throw isFault(error) ? blame(module, error.message, error) : error;
    });
    requireEffect(plan, module, found);
    notes.push(describe(module, found, sizes));
  }
  return notes;
}

/** Rows of the largest batch that a step can have for a module. */
function countSizes(
  { training }: Plan,
  { classes, protectedTasks }: RunTasks,
  {
    kind,
    tasks,
    captionCount,
    width: columns,
  }: Pick<PlannedModule, 'kind' | 'tasks'> & Pick<OpenModulesOptions, 'captionCount' | 'width'>,
): TermSizes {
  const constrained = listConstrained(protectedTasks).length;
  const { tasksPerStep = constrained, examplesPerTask, targetBatch } = training;
  const seen = Math.min(tasksPerStep, tasks?.length ?? constrained) * examplesPerTask;
  if (kind === 'constraint') return { images: seen, texts: classes.length, columns };
  const images = targetBatch + seen;
  return { images, texts: Math.min(images, captionCount), columns };
}

/** Refuses a module that nothing which trains can move. */
function requireEffect(plan: Plan, module: PlannedModule, { dependsOnTexts }: OpenTermResponse) {
  if (dependsOnTexts || trainsImages(plan)) return;
  const why = `depends on images alone, and under training.scope: ${plan.training.scope} nothing of the images trains`;
  throw blame(module, `${module.name} ${why}`);
}

function blame({ field }: PlannedModule, description: string, cause?: Fault): Fault {
  return new Fault(cause?.kind ?? 'invalid', 'the plan names modules that cannot be used', {
    violations: [{ field, description }],
    cause,
  });
}

function describe(
  { name, kind }: PlannedModule,
  { backEnd, duration }: OpenTermResponse,
  { images, texts }: TermSizes,
): string {
  const ms = fromDuration(duration!).toPrecision(2);
  const where = describeBackEnd(backEnd!);
  return `${name}, ${kind === 'objective' ? 'an objective' : 'a constraint'} of your own, takes ${ms} ms for ${images} images and ${texts} texts on ${where}.`;
}
