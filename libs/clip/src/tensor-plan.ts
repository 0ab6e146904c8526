import { nameOpenClipTensor } from './open-clip-names.js';
import type { ParameterEntry, ParameterLayout } from './parameter-layout.js';

/**
 * Who names the tensors: transformers, or open_clip, whose models with a tower of their own for texts
 * (`custom_text`) put `text.` before its tensors.
 */
export type TensorNaming = 'transformers' | 'open_clip' | 'open_clip custom_text';

/** A tensor of a weight file and the parameters that stand in it. No block's matrix is transposed. */
export interface TensorPlan {
  readonly shape: readonly number[];
  /** One after the other along the first axis. */
  readonly parts: readonly ParameterEntry[];
  /** The file holds the transpose of its one part, a matrix. */
  readonly transposed: boolean;
}

/**
 * Where every parameter of a layout stands in files, by the tensor's name: the one table by which
 * weights are checked, read and written. Heads have a file of their own and are no part of it.
 */
export function planTensors(
  layout: ParameterLayout,
  naming: TensorNaming,
): ReadonlyMap<string, TensorPlan> {
  const plans = new Map<string, TensorPlan>();
  for (const part of layout.entries) {
    const { tensor, transposed } = namePlace(part.name, naming);
    const parts = [...(plans.get(tensor)?.parts ?? []), part];
    const [first, ...rest] = part.shape;
    const shape = transposed ? part.shape.toReversed() : [first! * parts.length, ...rest];
    plans.set(tensor, { shape, parts, transposed });
  }
  return plans;
}

function namePlace(parameter: string, naming: TensorNaming) {
  if (naming === 'transformers') return { tensor: parameter, transposed: false };
  return nameOpenClipTensor(parameter, naming === 'open_clip custom_text' ? 'text.' : '');
}
