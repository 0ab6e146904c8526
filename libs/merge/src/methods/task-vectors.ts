/** Models fine-tuned from one base, as far as one parameter goes: float32, of one length. */
export interface TaskVectors {
  /** w_old */
  readonly base: Float32Array;
  /** w_i; the task vector of each is tau_i = w_i - w_old. */
  readonly models: readonly Float32Array[];
  /** c_i, one for each model. */
  readonly weights: readonly number[];
  /** lambda: what the merged task vector is multiplied by. */
  readonly scale: number;
}

/** @throws RangeError if arrays are not of one length, or there is not a weight for each model. */
export function checkTaskVectors({ base, models, weights }: TaskVectors): void {
  if (models.some(({ length }) => length !== base.length)) {
    throw new RangeError(
      `the models have ${models.map((m) => m.length)} elements, not ${base.length}`,
    );
  }
  if (weights.length !== models.length) {
    throw new RangeError(`${models.length} models have ${weights.length} weights`);
  }
}
