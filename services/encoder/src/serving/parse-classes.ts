import type { Class } from '@holdfast/proto/holdfast/serving/v1/serving';
import type { ViolationCollector } from '@holdfast/service-kit';
import type { ServedClass } from './served-model.js';

const classesMax = 4096;
const promptsMax = 256;
/** Prompts of all classes. */
const allPromptsMax = 16_384;
const textLengthMax = 16_384;

/** The classes of a request, or those that the model was loaded with. */
export function parseClasses(
  classes: readonly Class[],
  { classes: known }: { readonly classes: readonly ServedClass[] },
  violations: ViolationCollector,
): readonly ServedClass[] {
  if (classes.length === 0) {
    const isKnown = known.length > 0;
    violations.require(isKnown, 'classes', 'are required: the model was loaded without some');
    return known;
  }
  checkClasses(classes, violations);
  return classes;
}

/** Records what is wrong with classes. */
export function checkClasses(classes: readonly Class[], violations: ViolationCollector): void {
  const fits = classes.length <= classesMax;
  violations.require(fits, 'classes', `has ${classes.length}, more than ${classesMax}`);
  if (!fits) return;
  const all = classes.reduce((sum, { prompts }) => sum + prompts.length, 0);
  const many = `have ${all} prompts, more than ${allPromptsMax}`;
  if (!violations.require(all <= allPromptsMax, 'classes', many)) return;
  const names = new Set<string>();
  classes.forEach(({ name, prompts }, i) => {
    violations.require(name !== '', `classes[${i}].name`, 'is required');
    violations.require(!names.has(name), `classes[${i}].name`, 'is there twice');
    names.add(name);
    const isNumber = prompts.length >= 1 && prompts.length <= promptsMax;
    const reason = `has ${prompts.length}, not 1 to ${promptsMax}`;
    violations.require(isNumber, `classes[${i}].prompts`, reason);
    const isShort = prompts.every(({ length }) => length <= textLengthMax);
    const long = `has one of more than ${textLengthMax} characters`;
    violations.require(isShort, `classes[${i}].prompts`, long);
  });
}
