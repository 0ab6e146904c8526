import { expect, it } from 'vitest';
import { createModelRegistry } from './model-registry.js';
import type { ServedModel } from './served-model.js';

const make = (model: string, version: string) => ({ model, version }) as ServedModel;
const alias = (name: string) => ({ alias: name, model: 'sign', version: '1' });

it('loads a version once, whoever asks meanwhile, and no other under its name', async () => {
  const registry = createModelRegistry(async () => {});
  let finish = (_: ServedModel) => {};
  const loaded = new Promise<ServedModel>((resolve) => {
    finish = resolve;
  });
  const wanted = { model: 'sign', version: '1', fingerprint: 'here' };
  const never = () => Promise.reject(new Error('loaded twice'));
  const first = registry.load(wanted, () => loaded);
  const second = registry.load(wanted, never);
  const other = { ...wanted, fingerprint: 'there' };
  await expect(registry.load(other, never)).rejects.toMatchObject({ kind: 'precondition' });
  const served = make('sign', '1');
  finish(served);
  expect(await Promise.all([first, second])).toEqual([served, served]);
  expect(await registry.load(wanted, never)).toBe(served);
  await expect(registry.load(other, never)).rejects.toMatchObject({ kind: 'precondition' });
  expect(registry.list()).toEqual([served]);
});

it('gives no alias the name of a model that is being loaded, and the name again if that fails', async () => {
  const registry = createModelRegistry(async () => {});
  const wanted = { model: 'sign', version: '1', fingerprint: '' };
  await registry.load(wanted, async () => make('sign', '1'));
  let fail = (_: Error) => {};
  const failing = registry.load({ ...wanted, model: 'late' }, () => {
    return new Promise((_, reject) => {
      fail = reject;
    });
  });
  expect(() => registry.setAlias(alias('late'))).toThrow("'late' is the name of a model");
  fail(new Error('no'));
  await expect(failing).rejects.toThrow('no');
  registry.setAlias(alias('late'));
  expect(registry.resolve('late', '').served.model).toBe('sign');
});
