import { type Drive, drives } from '@holdfast/constraints';
import { listConstrained } from '@holdfast/evaluation';
import type { Plan } from '@holdfast/plan';
import { listConstrainedClasses } from '../constrained-classes.js';
import type { PlannedTerm, Term, TermNeeds, TermRun } from '../term.js';
import { toConstraintSettings } from './constraint-settings.js';
import { followMeasurement } from './follow-measurement.js';
import { type ConstraintContext, layOutConstraints } from './lay-out-constraints.js';
import type { OutsideTask } from './outside-task.js';
import { recordReference } from './record-reference.js';

/**
 * The constraints L_k(new) - L_k(old) <= 0, one for each protected task that training is held to, as a penalty (docs/algorithm/penalties.md);
 * of a ceiling with old and new exchanged.
 * The constraint service estimates them; undefined where the plan's act on nothing. `outsideTasks` are constraints whose
 * values are found elsewhere.
 */
export function planConstraint(
  plan: Plan,
  outsideTasks: readonly OutsideTask[] = [],
): PlannedTerm | undefined {
  const { penalty, augmentation, combine } = plan.constraints;
  const { isMeasured }: Drive = drives[plan.constraints.drive];
  const followsMeasurements = isMeasured === true;
  const isPaired = augmentation === 'paired';
  const holdsEach = combine === 'projectionByTask';
  if (penalty === 'none' && !followsMeasurements) return undefined;
  const needs: TermNeeds = {
    name: 'the penalty',
    images: ['protected'],
    plainProtected: augmentation === 'none',
    comparesReference: isPaired || outsideTasks.length > 0,
    followsMeasurements,
    isGuard: combine !== 'sum',
    holdsEach,
  };
  const options = { isPaired, holdsEach, recordsReference: recordsReferences(plan), outsideTasks };
  const open = (run: TermRun) => openConstraint(run, needs, options);
  return { ...needs, open };
}

/** Whether constraints need what the reference gives before the first step: without its embeddings in every step, or to fit temperatures. */
export function recordsReferences({ constraints }: Pick<Plan, 'constraints'>): boolean {
  const { fitsTemperature }: Drive = drives[constraints.drive];
  return constraints.augmentation !== 'paired' || fitsTemperature === true;
}

interface ConstraintOptions
  extends Pick<ConstraintContext, 'isPaired' | 'holdsEach' | 'outsideTasks'> {
  readonly recordsReference: boolean;
}

async function openConstraint(
  run: TermRun,
  needs: TermNeeds,
  { recordsReference, ...shared }: ConstraintOptions,
): Promise<Term> {
  const { runId, plan, tasks, lease } = run;
  const { constraint } = run.clients;
  const constrained = listConstrained(tasks.protectedTasks);
  const classes = listConstrainedClasses(run);
  const { captions, place } = classes;
  await constraint.openRun({
    runId,
    leaseTerm: lease.term,
    settings: toConstraintSettings(plan),
    tasks: [...constrained, ...shared.outsideTasks].map(({ name, requiredSlack }, i) => ({
      name,
      classes: place(constrained[i]?.among ?? []),
      requiredSlack,
      allowedFlipRate: plan.constraints.allowedFlipRate,
      ceiling: constrained[i]?.ceiling || undefined,
    })),
  });
  const term: Term = {
    ...needs,
    layOut: (draw) => layOutConstraints({ run, classes: captions, ...shared }, draw),
    follow: (step, comparison) => followMeasurement(run, step, comparison),
    state: {
      file: 'constraint.json',
      save: async () => (await constraint.exportState({ runId })).state,
      async restore(state) {
        await constraint.importState({ runId, state: Buffer.from(state) });
      },
    },
  };
  if (!recordsReference) return term;
  return { ...term, recordReference: (options) => recordReference(run, classes, options) };
}
