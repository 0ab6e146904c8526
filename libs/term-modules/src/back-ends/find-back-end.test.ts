import { describe, expect, it } from 'vitest';
import { testedBackEnds } from '../test-support/installed-back-ends.js';
import { describeBackEnd } from './back-end.js';
import { findBackEnd, tryBackEnd } from './find-back-end.js';

describe('findBackEnd', () => {
  it('takes the first that works, and says why not those before', async () => {
    const { backEnd, trials } = await findBackEnd(async (name) =>
      name === 'wasm' || name === 'cpu'
        ? { name, works: true, backEnd: { name, version: '4.22.0', device: 'CPU' } }
        : { name, works: false, reason: `${name} is not installed` },
    );
    expect(describeBackEnd(backEnd)).toBe('TensorFlow.js 4.22.0 on wasm, CPU');
    expect(trials.map(({ name, works }) => [name, works])).toEqual([
      ['tfjs-node-gpu', false],
      ['tfjs-node', false],
      ['wasm', true],
    ]);
  });

  it.skipIf(!testedBackEnds.includes('tfjs-node-gpu'))(
    'takes tfjs-node-gpu where npm run install-tfjs put it',
    async () => {
      expect((await findBackEnd()).backEnd).toMatchObject({ name: 'tfjs-node-gpu' });
    },
  );

  it('finds one here', async () => {
    const { backEnd } = await findBackEnd();
    expect(testedBackEnds).toContain(backEnd.name);
  });
});

describe('tryBackEnd', () => {
  it.each(testedBackEnds)('loads %s and lets it compute', async (name) => {
    expect(await tryBackEnd(name)).toMatchObject({
      works: true,
      backEnd: { name, version: '4.22.0' },
    });
  });

  it('says why one does not work', async () => {
    expect(await tryBackEnd('tfjs-node')).toEqual({
      name: 'tfjs-node',
      works: false,
      reason: 'not installed',
    });
  });
});
