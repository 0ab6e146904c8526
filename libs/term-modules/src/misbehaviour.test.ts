import { isFault } from '@holdfast/fault';
import { drawUnitRows } from '@holdfast/tensor';
import { afterEach, describe, expect, it } from 'vitest';
import { dryRun } from './dry-run.js';
import { testedBackEnds } from './test-support/installed-back-ends.js';
import { openModule, writeModule } from './test-support/open-module.js';

const batch = {
  step: 0,
  images: drawUnitRows(4, 3, 1, 0.5),
  texts: drawUnitRows(2, 3, 2, 0.5),
  labels: [0, 1, 0, 1],
  positives: [true, false, true, false],
};
const sizes = { images: 4, texts: 2, columns: 3 };
const good = 'return batch.images.matMul(batch.texts.transpose()).square().mean();';

/** How a call ends: `invalid: its message`. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isFault(error)) throw new Error('the call was not refused', { cause: error });
  return `${error.kind}: ${error.message}`;
}

const evaluate = (source: string, timeLimitMs = 20_000) =>
  refusalOf(openModule({ source, timeLimitMs }).evaluate(batch));
const dry = (source: string, kind: 'objective' | 'constraint' = 'objective') =>
  dryRun(openModule({ source, kind }), { name: 'term.mjs', kind }, sizes);

describe('a module that cannot be a term is refused:', () => {
  it.each([
    ['no module', 'const a = = 3;', "invalid: term.mjs: Unexpected token '='"],
    ['no export', 'export const estimate = 3;', 'no default export with a function estimate'],
    ['throws when imported', 'throw new Error("no");', 'invalid: term.mjs (line 1:7): no'],
    ['throws', writeModule('throw new Error("no");'), 'invalid: term.mjs (line 3:11): no'],
    ['throws nothing', writeModule('throw undefined;'), 'invalid: term.mjs: undefined'],
    ['a number', writeModule('return 3;'), 'estimate returned number, not a scalar'],
    ['a matrix', writeModule('return batch.images;'), 'returned a tensor [4,3], not a scalar'],
    ['a promise', writeModule('return Promise.resolve(tf.scalar(1));'), 'returned a promise'],
    ['ends the process', writeModule('process.exit(7);'), 'ended its own thread with code 7'],
    [
      'a constant',
      writeModule('return tf.scalar(1);'),
      'no gradient: the value depends on no embedding',
    ],
    [
      'read in between',
      writeModule('return tf.tensor(batch.images.dataSync()).sum();'),
      'dataSync and arraySync break the way back',
    ],
    [
      'no gradient of an operation',
      writeModule('return tf.topk(batch.images, 2).values.sum();'),
      'has no gradient of TopK: find the k-th largest of a constant copy',
    ],
    ['state', writeModule('tf.keep(tf.scalar(1)); return batch.images.sum();'), 'keeps 1 tensors'],
    [
      'not finite',
      writeModule('return batch.images.sum().mul(NaN);'),
      'diverged: term.mjs: the value is NaN',
    ],
    [
      'a gradient that is not finite',
      writeModule('return batch.images.sub(batch.images).sqrt().sum();'),
      'the value is 0, but element 0 of the image gradients is',
    ],
  ])('%s', async (_, source, message) => {
    expect(await evaluate(source)).toContain(message);
  });

  it('whatever keeps this thread from reading answers meanwhile', async () => {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    for (let trial = 0; trial < 10; trial++) {
      const message = evaluate('export const estimate = 3;');
      const timer = setInterval(() => Atomics.wait(stop, 0, 0, 30 + 7 * trial), 1);
      const said = await message.finally(() => clearInterval(timer));
      expect(said).toContain('no default export');
    }
  });

  it('a loop without end, when imported', async () => {
    expect(await evaluate('while (true);', 300)).toBe(
      'exhausted: term.mjs: loading took longer than the limit of 0.3 s',
    );
  });

  it('a loop without end, in its call', async () => {
    expect(await evaluate(writeModule('while (true);'), 300)).toBe(
      'exhausted: term.mjs: its call took longer than the limit of 0.3 s',
    );
  });

  it('more memory than it may have', async () => {
    const source = writeModule(
      'const all = []; while (true) all.push(new Array(100_000).fill(0.5));',
    );
    expect(await evaluate(source)).toBe(
      "exhausted: term.mjs: its call needs more than 512 MiB of JavaScript's memory",
    );
  });
});

describe('a dry run', () => {
  it('says value, time and what the value depends on', async () => {
    const report = await dry(writeModule('return batch.images.square().sum();'));
    expect(report.value).toBeCloseTo(4, 5);
    expect(report.differentiable).toEqual({ images: true, texts: false });
    expect(report.durationMs).toBeGreaterThan(0);
  });

  it('gives a constraint classes, labels and the reference', async () => {
    const body = `
      if (batch.labels.dtype !== 'int32' || batch.reference.classes.shape[0] !== 2) throw new Error('shape');
      return tf.gather(batch.classes, batch.labels).mul(batch.images).sum();`;
    expect((await dry(writeModule(body), 'constraint')).differentiable.texts).toBe(true);
  });

  it.each([
    ['Math.random', 'return batch.images.sum().mul(Math.random());'],
    ['tf.randomNormal', 'return tf.randomNormal([4, 3]).mul(batch.images).sum();'],
    [
      'a count of its calls',
      'globalThis.n = (globalThis.n ?? 0) + 1; return batch.images.sum().mul(n);',
    ],
  ])('refuses %s', async (_, body) => {
    expect(await refusalOf(dry(writeModule(body)))).toContain(
      'invalid: term.mjs is not deterministic',
    );
  });

  it('refuses numbers that are not finite as a mistake of the module', async () => {
    const call = dry(writeModule('return batch.images.sum().div(0);'));
    expect(await refusalOf(call)).toContain('invalid: term.mjs: the value is');
  });
});

describe.each(testedBackEnds)('masks and picks have gradients on %s:', (backEnd) => {
  it.each([
    ['gather', 'return tf.gather(batch.texts, batch.captions).mul(batch.images).sum();'],
    [
      'where',
      'return tf.where(tf.greater(batch.images, 0), batch.images, batch.images.mul(2)).sum();',
    ],
    ['a mask', 'return batch.images.mul(batch.images.less(0.5).logicalNot().toFloat()).sum();'],
  ])('%s', async (_, body) => {
    const { imageGradients } = await openModule({ source: writeModule(body) }, backEnd).evaluate(
      batch,
    );
    expect(imageGradients.some((x) => x !== 0)).toBe(true);
  });
});

describe('after a failure', () => {
  it.each(['while (true);', 'process.exit(1);', 'throw new Error("once");'])(
    'the next call works: %s',
    async (failure) => {
      const source = writeModule(`if (batch.step === 0) { ${failure} } ${good}`);
      const term = openModule({ source, timeLimitMs: 4000 });
      await refusalOf(term.evaluate(batch));
      const first = await term.evaluate({ ...batch, step: 1 });
      expect(await term.evaluate({ ...batch, step: 1 })).toMatchObject({ value: first.value });
    },
  );

  it('calls that wait are not lost', async () => {
    const source = writeModule(`if (batch.step === 0) { while (true); } ${good}`);
    const term = openModule({ source, timeLimitMs: 4000 });
    const calls = [0, 1, 2].map((step) => term.evaluate({ ...batch, step }));
    const ends = await Promise.allSettled(calls);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('calls that wait start no thread once the term is closed', async () => {
    const term = openModule({ source: writeModule(good) });
    const calls = [term.evaluate(batch), term.evaluate(batch)];
    await term.close();
    for (const call of calls) await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('what a module can reach', () => {
  afterEach(() => delete process.env['HOLDFAST_TERM_SECRET']);

  it('is no variable of the environment', async () => {
    process.env['HOLDFAST_TERM_SECRET'] = 'x';
    const source = writeModule(
      'return batch.images.sum().mul(Object.keys(process.env).length + 1);',
    );
    const expected = await openModule({
      source: writeModule('return batch.images.sum();'),
    }).evaluate(batch);
    expect((await openModule({ source }).evaluate(batch)).value).toBe(expected.value);
  });

  it('is its options, a copy for every call', async () => {
    const source = writeModule(`options.gamma += 1; return batch.images.sum().mul(options.gamma);`);
    const term = openModule({ source, options: { gamma: 1 } });
    const first = await term.evaluate(batch);
    expect((await term.evaluate(batch)).value).toBe(first.value);
  });

  it('is a copy of the batch: what it writes there is not seen', async () => {
    const before = batch.images.data.slice();
    const body = 'batch.images.dataSync().fill(7); return batch.images.sum();';
    await openModule({ source: writeModule(body) }).evaluate(batch);
    expect(batch.images.data).toEqual(before);
  });
});
