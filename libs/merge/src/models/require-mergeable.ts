import type { ClipDirectory } from '@holdfast/clip';
import { Fault, type FieldViolation } from '@holdfast/fault';

/**
 * Refuses models that no arithmetic of weights can join: every number must stand for the same in all, in one
 * architecture, of the same tokens and pixels.
 *
 * @throws Fault `invalid` naming the model, what differs, and what can be merged.
 */
export function requireMergeable(base: ClipDirectory, models: readonly ClipDirectory[]): void {
  const seen = new Map<string, string>();
  for (const model of [base, ...models]) {
    refuseHeads(model);
    refuseOther(base, model);
    const other = seen.get(model.sha256);
    if (other !== undefined) {
      throw new Fault(
        'invalid',
        `${model.path} has the same weights as ${other}: name each model once, and none that is the base`,
      );
    }
    seen.set(model.sha256, model.path);
  }
}

function refuseHeads({ path, hasHeads }: ClipDirectory): void {
  if (!hasHeads) return;
  throw new Fault(
    'invalid',
    `${path} has task-dependent heads (heads.safetensors), which are its own classes' alone: merge models that were trained without heads`,
  );
}

function refuseOther(base: ClipDirectory, model: ClipDirectory): void {
  const violations = [
    ...compare(base.config, model.config),
    ...(base.preprocessingSha256 === model.preprocessingSha256
      ? []
      : compare({ preprocessing: base.preprocessing }, { preprocessing: model.preprocessing })),
    ...(base.tokenizer.identify() === model.tokenizer.identify()
      ? []
      : [{ field: 'tokenizer', description: 'is another' }]),
  ];
  if (violations.length === 0) return;
  const { field, description } = violations[0]!;
  const rest = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  throw new Fault(
    'invalid',
    `${model.path} cannot be merged with the base ${base.path}: ${field} ${description}${rest}; merge models that were fine-tuned from that base`,
    { violations },
  );
}

/** The fields of two objects of one kind that differ, by their path. */
function compare(base: object, model: object): FieldViolation[] {
  const others = new Map(listFields(model));
  return listFields(base).flatMap(([field, value]) => {
    const other = others.get(field);
    return other === value ? [] : [{ field, description: `is ${other}, not ${value}` }];
  });
}

function listFields(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, field]): [string, string][] => {
    const isNested = typeof field === 'object' && field !== null && !Array.isArray(field);
    const path = `${prefix}${key}`;
    return isNested ? listFields(field, `${path}.`) : [[path, JSON.stringify(field)]];
  });
}
