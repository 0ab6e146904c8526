/** The parameter-sized arrays of a run, in the order in which they lie in memory. */
export const arrayNames = [
  'parameters',
  'gradient',
  'moment1',
  'moment2',
  'reference',
  'average',
  'evaluation',
  'staging',
  'taskGradient',
] as const;

/**
 * One parameter-sized array of a run.
 *
 * - `parameters`: the weights that train; `reference`: the weights that the model was opened with.
 * - `gradient`: of the last backward pass; `taskGradient`: of one that goes there instead. `moment1`, `moment2`: AdamW's state.
 * - `average`: exponential moving average of the parameters; `evaluation`: a version to look at.
 * - `staging`: where a transfer gathers its pieces before they count.
 */
export type ArrayName = (typeof arrayNames)[number];

/** The arrays that a backward pass may write. */
export const gradientArrays = ['gradient', 'taskGradient'] as const;
export type GradientArray = (typeof gradientArrays)[number];

/** Whether an array is one that a backward pass may write. */
export function isGradientArray(array: ArrayName): array is GradientArray {
  return (gradientArrays as readonly string[]).includes(array);
}

/** Whether a name is that of an array. */
export function isArrayName(name: string): name is ArrayName {
  return (arrayNames as readonly string[]).includes(name);
}
