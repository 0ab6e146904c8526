import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { checkLogitScale } from './check-logit-scale.js';

const check = (value: number) => checkLogitScale(value, 'model.safetensors');

describe('checkLogitScale', () => {
  // CLIP begins at 1 / 0.07; a clamp at 100 leaves the nearest half or float above or below ln 100.
  it.each([0, Math.log(1 / 0.07), 4.605170249938965, 4.609375])(
    'has no word to say of %d',
    (value) => expect(check(value)).toBeUndefined(),
  );

  it.each([
    [4.7, 'logit_scale is 4.7: similarities would be multiplied by 110'],
    [-1, 'logit_scale is -1: similarities would be multiplied by 0.368'],
  ])('accepts %d and says that it is unusual', (value, sentence) => {
    expect(check(value)).toContain(sentence);
  });

  // 120 overflows float32; 14.28 and 100 are factors that were stored without their logarithm.
  it.each([120, 100, 14.2857, -4.7, Number.NaN])('refuses %d', async (value) => {
    const fault = await catchFault(async () => check(value));
    expect(fault.kind).toBe('invalid');
    expect(fault.message).toContain(`model.safetensors cannot be used: logit_scale is ${value}`);
    expect(fault.message).toContain('it is stored as a natural logarithm');
  });
});
