import { z } from 'zod';
import { type FieldPath, formatFieldPath } from './field-path.js';
import { findNearestName } from './nearest-name.js';
import { planSchema } from './schema.js';

/** The object schema at a path; undefined where there is none. */
function findObject(path: FieldPath): z.ZodObject | undefined {
  let schema: unknown = planSchema;
  for (const step of path) {
    const at = unwrap(schema);
    if (at instanceof z.ZodArray) schema = at.element;
    else if (at instanceof z.ZodObject) schema = at.shape[String(step)];
    else return undefined;
  }
  const found = unwrap(schema);
  return found instanceof z.ZodObject ? found : undefined;
}

/** Without defaults and optionality; of a union, its object. */
function unwrap(schema: unknown): unknown {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodUnion) {
    return schema.options.map(unwrap).find((option) => option instanceof z.ZodObject);
  }
  return schema;
}

/** Paths of all keys of the schema, without those inside lists. */
function listKeys(schema: z.ZodObject, path: FieldPath = []): FieldPath[] {
  return Object.entries(schema.shape).flatMap(([key, child]) => {
    const inner = unwrap(child);
    const here: FieldPath = [...path, key];
    return inner instanceof z.ZodObject ? [here, ...listKeys(inner, here)] : [here];
  });
}

/** What to write instead of keys that plans once had. */
const replacedKeys: ReadonlyMap<string, string> = new Map([
  [
    'training.augmentation.shiftPixels',
    "is a share of the image's side, called shift: 0.0625 is 2 pixels of 32 and 14 of 224",
  ],
]);

/** Says what someone meant by a key that the plan does not have at `parent`. */
export function describeUnknownKey(parent: FieldPath, key: string): string {
  const replaced = replacedKeys.get(formatFieldPath([...parent, key]));
  if (replaced !== undefined) return replaced;
  const known = Object.keys(findObject(parent)?.shape ?? {});
  const nearest = findNearestName(key, known);
  if (nearest !== undefined) return `is not a key of the plan; did you mean ${nearest}?`;
  const elsewhere = listKeys(planSchema).find((path) => path.at(-1) === key);
  if (elsewhere !== undefined) return `belongs elsewhere: ${formatFieldPath(elsewhere)}`;
  return `is not a key of the plan; known here: ${known.join(', ')}`;
}
