import { formatCorruption, isAttack } from '@holdfast/corruption';
import { type Dataset, type Role, samplesWithRole } from '@holdfast/dataset';
import { Fault, type FieldViolation } from '@holdfast/fault';
import { taskLimits } from '@holdfast/service-kit';
import { createRowFinder, listConstrained } from '../tasks/protected-task.js';
import type { RunTasks } from '../tasks/tasks.js';

/** Roles whose images are judged in one request. */
const judgedRoles: readonly Role[] = ['steering', 'validation', 'test'];

/** Texts that an encoder embeds in one call. */
const stepTextsMax = 65_536;

/** Embeddings of up to 1,280 numbers go with a call that attacks images, in a message of 64 MiB. */
const attackedClassesMax = 12_288;

/**
 * Refuses what the services of a run would refuse for its size, after it has trained: too many tasks, too
 * many images of a role, names that are too long.
 *
 * @throws Fault `invalid` naming every field of the plan that is beyond a limit.
 */
export function checkLimits(dataset: Dataset, { protectedTasks, targetIndices }: RunTasks): void {
  const violations: FieldViolation[] = [];
  const { tasksMax, examplesMax, nameLengthMax } = taskLimits;
  const most = tasksMax - targetIndices.length;
  if (protectedTasks.length > most) {
    const targets = targetIndices.length === 1 ? 'target' : `${targetIndices.length} targets`;
    const description = `are ${protectedTasks.length} tasks, but a run can have ${most} beside its ${targets}: name the most important`;
    violations.push({ field: 'protected', description });
  }
  for (const role of judgedRoles) {
    const samples = samplesWithRole(dataset, role);
    const rowsOf = createRowFinder(samples);
    // An image of several tasks counts for each.
    const asked = protectedTasks.reduce((sum, task) => sum + rowsOf(task).length, 0);
    const count = Math.max(samples.length, asked);
    if (count <= examplesMax) continue;
    const description = `gives ${count} images the role ${role}${asked > samples.length ? ', counted for each task that they are of' : ''}, but ${examplesMax} can be judged: leave some out`;
    violations.push({ field: 'data', description });
  }
  const spaces = new Set(listConstrained(protectedTasks).map(({ among }) => among));
  const texts = new Set([...spaces].flat());
  if (texts.size > stepTextsMax) {
    const description = `are told apart among ${texts.size} classes, all of which a step embeds, and it can embed ${stepTextsMax}: have tasks of the largest label space judged alone, by constrain: false`;
    violations.push({ field: 'protected', description });
  }
  const refuseLong = (names: Iterable<string>, field: string, what: string) => {
    const long = [...names].find(({ length }) => length > nameLengthMax);
    if (long === undefined) return;
    const description = `has a ${what} of ${long.length} characters, more than ${nameLengthMax}: "${long.slice(0, 40)}..."`;
    violations.push({ field, description });
  };
  const names = protectedTasks.map(({ name }) => name);
  refuseLong(names, 'protected', 'name');
  refuseLong(dataset.classes, 'data', 'class');
  refuseLong(new Set(dataset.samples.map(({ group }) => group)), 'data', 'group');
  for (const { corruptions, among, field } of protectedTasks) {
    if (!corruptions.some(isAttack) || among.length <= attackedClassesMax) continue;
    const description = `is attacked among ${among.length} classes, whose embeddings go with every call, and ${attackedClassesMax} fit: leave the attack out, or put its labels into a label space of their own`;
    violations.push({ field, description });
  }
  const trained = countTrainedClasses(protectedTasks);
  if (trained > attackedClassesMax) {
    const description = `train under attacks among ${trained} classes together, counted for each attack and label space, whose embeddings go with every step, and ${attackedClassesMax} fit: have some judged alone, by constrain: false`;
    violations.push({ field: 'protected', description });
  }
  if (violations.length === 0) return;
  throw new Fault('invalid', 'the plan is beyond what a run can hold', { violations });
}

/** Classes whose embeddings go with a step, one list for each attack and label space that training is held to. */
function countTrainedClasses(protectedTasks: RunTasks['protectedTasks']): number {
  const counts = new Map<string, number>();
  for (const { corruptions, among } of listConstrained(protectedTasks)) {
    const attack = corruptions.find(isAttack);
    if (attack !== undefined) counts.set(`${formatCorruption(attack)} ${among}`, among.length);
  }
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
