/** AdamW's settings for one step. */
export interface AdamwSettings {
  /** Learning rate of this step. */
  readonly learningRate: number;
  /** Decoupled weight decay, on every parameter. */
  readonly weightDecay: number;
  /** What decay pulls towards; default: zero. */
  readonly reference?: ArrayLike<number>;
  /** Decay of the first moment, in [0, 1). */
  readonly beta1: number;
  /** Decay of the second moment, in [0, 1). */
  readonly beta2: number;
  /** Added to the denominator. */
  readonly epsilon: number;
}

/** Parameters and their moments; all of one length. */
export interface AdamwState {
  readonly parameters: Float64Array;
  readonly moment1: Float64Array;
  readonly moment2: Float64Array;
  /** Steps taken. */
  readonly step: number;
}

/** A state before the first step. */
export function createAdamwState(parameters: ArrayLike<number>): AdamwState {
  return {
    parameters: Float64Array.from(parameters),
    moment1: new Float64Array(parameters.length),
    moment2: new Float64Array(parameters.length),
    step: 0,
  };
}

/**
 * One AdamW step in float64: what the engine's kernel is tested against.
 *
 *   m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
 *   w <- (1 - lr decay) w - lr (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + eps),   n = steps taken
 *
 * Decay towards a reference adds lr decay reference. The decay is decoupled, acts on every parameter, and acts before the step, as in torch.optim.AdamW.
 * `state` is not changed.
 * Source: arXiv 1711.05101.
 * @throws RangeError if the gradient has another length, or settings are out of range.
 */
export function stepAdamw(
  state: AdamwState,
  gradient: ArrayLike<number>,
  settings: AdamwSettings,
): AdamwState {
  if (gradient.length !== state.parameters.length) {
    throw new RangeError(
      `${state.parameters.length} parameters need as many gradients, not ${gradient.length}`,
    );
  }
  checkSettings(settings);
  const { learningRate, weightDecay, beta1, beta2, epsilon, reference } = settings;
  const step = state.step + 1;
  const [correction1, correction2] = [1 - beta1 ** step, 1 - beta2 ** step];
  const parameters = state.parameters.slice();
  const moment1 = state.moment1.slice();
  const moment2 = state.moment2.slice();
  for (let i = 0; i < parameters.length; i += 1) {
    const g = gradient[i]!;
    const m = beta1 * moment1[i]! + (1 - beta1) * g;
    const v = beta2 * moment2[i]! + (1 - beta2) * g * g;
    const direction = m / correction1 / (Math.sqrt(v / correction2) + epsilon);
    const towards = reference?.[i] ?? 0;
    const decayed = (1 - learningRate * weightDecay) * parameters[i]!;
    parameters[i] = decayed + learningRate * weightDecay * towards - learningRate * direction;
    moment1[i] = m;
    moment2[i] = v;
  }
  return { parameters, moment1, moment2, step };
}

function checkSettings(settings: AdamwSettings): void {
  const { learningRate, weightDecay, beta1, beta2, epsilon } = settings;
  const rules: [string, number, boolean][] = [
    ['learningRate is at least 0', learningRate, learningRate >= 0],
    ['weightDecay is at least 0', weightDecay, weightDecay >= 0],
    ['beta1 is in [0, 1)', beta1, beta1 >= 0 && beta1 < 1],
    ['beta2 is in [0, 1)', beta2, beta2 >= 0 && beta2 < 1],
    ['epsilon is positive', epsilon, epsilon > 0],
  ];
  const broken = rules.filter(([, , holds]) => !holds).map(([rule, value]) => `${rule}: ${value}`);
  if (broken.length > 0) throw new RangeError(broken.join('; '));
}
