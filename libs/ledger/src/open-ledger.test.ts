import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeJudgedData } from './judged-data.js';
import { type Judgement, openLedger } from './open-ledger.js';
import { countLeft } from './spend-level.js';

const describeImages = (...names: string[]) =>
  describeJudgedData(names.map((name) => ({ sha256: sha256(name), label: 'stop', group: name })));
const data = describeImages('a', 'b', 'c');
const judge = (name: string, level: number): Judgement => ({
  key: sha256(name),
  level,
  candidate: name,
  command: 'holdfast gate',
  reference: sha256('old'),
  plan: sha256('plan'),
});

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-ledger-'));
  path = join(folder, 'holdfast-ledger.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a ledger', () => {
  it('lets as many judgements be made as share the level, and not one more', async () => {
    const ledger = await openLedger(path, data);
    // 0.05 / 3 three times is not exactly 0.05.
    for (const [i, name] of ['first', 'second', 'third'].entries()) {
      const entered = await ledger.enter(judge(name, 0.05 / 3), 0.05);
      expect(entered).toEqual({ number: i + 1, isRepeated: false });
    }
    await expect(ledger.enter(judge('fourth', 0.05 / 3), 0.05)).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringMatching(
        /judged 3 times already, which took 0\.05 of gate\.level \(0\.05\).*gate\.level: 0\.1 with gate\.judgementsMax: 6;/,
      ),
    });
    expect((await ledger.read()).judgements.map(({ candidate }) => candidate)).toEqual([
      'first',
      'second',
      'third',
    ]);
  });

  it('goes on as its refusal says', async () => {
    const ledger = await openLedger(path, data);
    await ledger.enter(judge('first', 0.05), 0.05);
    await expect(ledger.enter(judge('second', 0.05), 0.05)).rejects.toThrow('gate.level: 0.1');
    expect(await ledger.enter(judge('second', 0.1 / 2), 0.1)).toMatchObject({ number: 2 });
  });

  it('does not count the same judgement twice, whatever became of the first', async () => {
    const ledger = await openLedger(path, data);
    await ledger.enter(judge('first', 0.05), 0.05);
    const again = await openLedger(path, data);
    expect(await again.enter(judge('first', 0.05), 0.05)).toEqual({ number: 1, isRepeated: true });
    expect((await again.read()).spent).toBe(0.05);
  });

  it('keeps the verdict, and the hash of the weights once they were written', async () => {
    const ledger = await openLedger(path, data);
    await ledger.enter(judge('first', 0.05), 0.05);
    await ledger.conclude(sha256('first'), 'RETAINED');
    await ledger.conclude(sha256('first'), 'RETAINED', sha256('weights'));
    await ledger.conclude(sha256('first'), 'RETAINED', sha256('weights'));
    expect((await ledger.read()).judgements).toMatchObject([
      { verdict: 'RETAINED', candidateSha256: sha256('weights') },
    ]);
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(4);
  });

  it('counts what other images judged as soon as one image is the same', async () => {
    await (await openLedger(path, data)).enter(judge('first', 0.05), 0.05);
    const split = await openLedger(path, describeImages('c', 'd', 'e'));
    await expect(split.enter(judge('second', 0.05), 0.05)).rejects.toThrow('judged once already');
    const fresh = await openLedger(path, describeImages('d', 'e'));
    expect(await fresh.enter(judge('second', 0.05), 0.05)).toMatchObject({ number: 1 });
  });

  it('goes on after a line that a crash cut off, and refuses one that someone spoiled', async () => {
    const ledger = await openLedger(path, data);
    await ledger.enter(judge('first', 0.02), 0.05);
    await appendFile(path, '{"event":"verdict","key":"00');
    expect(await ledger.enter(judge('second', 0.02), 0.05)).toMatchObject({ number: 2 });
    await appendFile(path, '{"event":"later version"}\n');
    expect((await ledger.read()).judgements).toHaveLength(2);
    await appendFile(path, '{"event":"judgement","level":0}\n');
    await expect(ledger.read()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('line 5 is no line of a ledger'),
    });
  });

  it('says which field names another place where it cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(openLedger(join(folder, 'file/ledger.jsonl'), data)).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('gate.ledger'),
    });
    await writeFile(path, '');
    await chmod(path, 0o400);
    // Root may write what is read-only.
    if (process.getuid?.() === 0) return;
    await expect(openLedger(path, data)).rejects.toThrow('gate.ledger');
  });

  it('lets processes share a level that is too small for all of them', async () => {
    const writer = new URL('./test-support/enter-judgements.mjs', import.meta.url);
    const children = ['a', 'b', 'c'].map((name) =>
      fork(writer, [path, name, '4'], { execArgv: [] }),
    );
    await Promise.all(children.map((child) => once(child, 'exit')));
    const { judgements, spent } = await (await openLedger(path, describeImages('a'))).read();
    expect(judgements).toHaveLength(5);
    expect(spent).toBeCloseTo(0.05, 12);
  });
});

describe('countLeft', () => {
  it.each([
    [0, 0.01, 5],
    [0.04, 0.01, 1],
    [0.045, 0.01, 0],
    [0.06, 0.01, 0],
  ])('after %f of 0.05, judgements at %f: %i', (spent, share, left) => {
    expect(countLeft({ level: 0.05, spent, share })).toBe(left);
  });
});
