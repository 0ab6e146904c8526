import { loadGolden } from '@holdfast/testing';
import { expect, it } from 'vitest';
import { type AdamwState, createAdamwState, stepAdamw } from './adamw.js';

const settings = { learningRate: 1e-3, weightDecay: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

// PyTorch's AdamW in float64 with the same settings (libs/testing/golden). The file has the parameters after
// the step; those before are the first weights of the base model it names, exact in float32.
it.each([
  [
    'visual_projection.weight',
    [
      -0.013783194124698639, -0.06855209171772003, -0.02665378712117672, 0.017261499539017677,
      0.1392991542816162, 0.16842041909694672,
    ],
  ],
  [
    'vision_model.post_layernorm.bias',
    [
      0.00348749291151762, 0.0018235754687339067, -0.004445292986929417, 0.010517685674130917,
      0.012969748117029667, -0.026743946596980095,
    ],
  ],
])('takes the golden first step of %s', (name, before) => {
  const gradient = loadGolden(`pgrad_${name}`).data.subarray(0, before.length);
  const { parameters, step } = stepAdamw(createAdamwState(before), gradient, settings);
  const expected = loadGolden(`adamw1_${name}`).data.subarray(0, before.length);
  // Both in float64; torch divides by the corrections in another order.
  expect(parameters).toBeAllclose(expected, { rtol: 1e-13 });
  expect(step).toBe(1);
});

it('follows a constant gradient by the learning rate each step, whatever its size', () => {
  let state = createAdamwState([0, 0, 0]);
  const plain = { ...settings, weightDecay: 0 };
  for (let i = 0; i < 5; i += 1) state = stepAdamw(state, [1e-3, -5, 1e6], plain);
  // Corrected moments of a constant gradient g are g and g^2: each step is lr g / (|g| + eps).
  expect(state.parameters).toBeAllclose([-5e-3, 5e-3, -5e-3], { rtol: 1e-4 });
});

it('decays every parameter, also where the gradient is zero', () => {
  const { parameters } = stepAdamw(createAdamwState([2, -4]), [0, 0], settings);
  expect(parameters).toBeAllclose([2 * (1 - 1e-4), -4 * (1 - 1e-4)], { rtol: 1e-15 });
});

it('weighs gradients by the closed form of its moving averages', () => {
  const gradients = [0.3, -1.2, 0.7];
  let state: AdamwState = createAdamwState([1]);
  for (const gradient of gradients) state = stepAdamw(state, [gradient], settings);
  const average = (beta: number, power: number) =>
    gradients.reduce((sum, g, i) => sum + (1 - beta) * beta ** (2 - i) * g ** power, 0);
  expect(state.moment1).toBeAllclose([average(0.9, 1)], { rtol: 1e-14 });
  expect(state.moment2).toBeAllclose([average(0.999, 2)], { rtol: 1e-14 });
});

it('leaves the state it was given as it was', () => {
  const state = createAdamwState([1, 2]);
  stepAdamw(state, [3, 4], settings);
  expect(state).toEqual(createAdamwState([1, 2]));
});

it('refuses what does not fit, naming every setting', () => {
  const state = createAdamwState([1, 2]);
  expect(() => stepAdamw(state, [1], settings)).toThrow('2 parameters need as many gradients');
  expect(() => stepAdamw(state, [1, 2], { ...settings, beta1: 1, epsilon: 0 })).toThrow(
    'beta1 is in [0, 1): 1; epsilon is positive: 0',
  );
});
