import { type Drive, drives } from '@holdfast/constraints';
import { listConstrained } from '@holdfast/evaluation';
import type { Plan } from '@holdfast/plan';
import type { Caption, PlannedTerm, Term, TermNeeds, TermRun } from '../term.js';
import { toConstraintSettings } from './constraint-settings.js';
import { followMeasurement } from './follow-measurement.js';
import { type ConstraintContext, layOutConstraints } from './lay-out-constraints.js';
import type { OutsideTask } from './outside-task.js';
import { recordReference } from './record-reference.js';

/**
 * The constraints L_k(new) - L_k(old) <= 0, one for each protected task that training is held to, as a penalty (algorithm.md, section 3).
 * The constraint service estimates them; undefined where the plan's act on nothing. `outsideTasks` are constraints whose
 * values are found elsewhere.
 */
export function planConstraint(
  plan: Plan,
  outsideTasks: readonly OutsideTask[] = [],
): PlannedTerm | undefined {
  const { penalty, augmentation } = plan.constraints;
  const { isMeasured, fitsTemperature }: Drive = drives[plan.constraints.drive];
  const followsMeasurements = isMeasured === true;
  const isPaired = augmentation === 'paired';
  if (penalty === 'none' && !followsMeasurements) return undefined;
  const needs: TermNeeds = {
    name: 'the penalty',
    images: ['protected'],
    plainProtected: augmentation === 'none',
    comparesReference: isPaired || outsideTasks.length > 0,
    followsMeasurements,
  };
  // Without its embeddings in every step, or to fit temperatures.
  const recordsReference = !isPaired || fitsTemperature === true;
  const options = { isPaired, recordsReference, outsideTasks };
  const open = (run: TermRun) => openConstraint(run, needs, options);
  return { ...needs, open };
}

interface ConstraintOptions extends Pick<ConstraintContext, 'isPaired' | 'outsideTasks'> {
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
  await constraint.openRun({
    runId,
    leaseTerm: lease.term,
    settings: toConstraintSettings(plan),
    tasks: [...constrained, ...shared.outsideTasks].map(({ name, requiredSlack }, i) => ({
      name,
      classes: [...(constrained[i]?.among ?? [])],
      requiredSlack,
      allowedFlipRate: plan.constraints.allowedFlipRate,
    })),
  });
  const classes = run.prompts.classPrompts.map(
    (text, i): Caption => ({ text, head: run.headOf(i) }),
  );
  const term: Term = {
    ...needs,
    layOut: (draw) => layOutConstraints({ run, classes, ...shared }, draw),
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
