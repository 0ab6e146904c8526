import { fileURLToPath } from 'node:url';
import { openClipDirectory } from '@holdfast/clip';
import { expect, it } from 'vitest';
import { checkPrecision } from './check-precision.js';

const model = await openClipDirectory(
  fileURLToPath(new URL('../../../testing/golden/gtsrb-speed80', import.meta.url)),
);

/** The model, if its files held some of its tensors in another type. */
function stored(dtype: 'F16' | 'BF16', isHalf: (name: string) => boolean = () => true) {
  const weightFiles = model.weightFiles.map((file) => ({
    ...file,
    tensors: new Map(
      [...file.tensors].map(([name, t]) => [name, isHalf(name) ? { ...t, dtype } : t]),
    ),
  }));
  return { ...model, weightFiles };
}

const scoped = (scope: 'full' | 'adapters') => ({ training: { scope } }) as never;

it('says that a model in half precision is rounded before it is judged', () => {
  expect(checkPrecision(scoped('full'), model)).toEqual([]);
  expect(checkPrecision(scoped('adapters'), model)).toEqual([]);
  const logit = (name: string) => name === 'logit_scale';
  expect(checkPrecision(scoped('adapters'), stored('F16', logit))).toEqual([]);
  expect(checkPrecision(scoped('full'), stored('F16'))[0]).toContain('less than 0.05 %');
  const projection = (name: string) => name === 'text_projection.weight';
  expect(checkPrecision(scoped('full'), stored('BF16', projection))[0]).toContain('are BF16');
});

it('refuses adapters, which would be rounded with what they are added to', () => {
  const description = expect.stringContaining("the model's weights are BF16");
  expect(() => checkPrecision(scoped('adapters'), stored('BF16'))).toThrow(
    expect.objectContaining({
      kind: 'invalid',
      violations: [{ field: 'training.scope', description }],
    }),
  );
});
