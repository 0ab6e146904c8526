import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Sample } from '@holdfast/dataset';
import { Verdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classes, createModel, createSigns, type Signs } from '../test/signs.js';
import { createFakeEncoder, type FakeAnswer } from '../test-support/fake-encoder.js';
import { createFakeEvaluator } from '../test-support/fake-evaluator.js';
import { describeJudgement } from './describe-judgement.js';
import { describeSealed } from './describe-sealed.js';
import { isRetained, judgePair } from './judge-pair.js';
import { type MeasuredPair, measurePair } from './measure-pair.js';
import { writePairReport, writeSealedReport } from './write-pair-report.js';

let signs: Signs;
beforeEach(async () => {
  signs = await createSigns();
});
afterEach(() => signs.remove());

const options = { signal: new AbortController().signal, onProgress: () => {} };
const rules = { policy: 'evidence', level: 0.05, command: 'holdfast gate old new' } as const;

/** The candidate loses the first "road work", and cannot read the first "no passing". */
function answer(sample: Sample): FakeAnswer {
  const first = sample.index % 4 === 0;
  if (first && sample.label === 'no passing') return { unreadable: 'it is torn' };
  return { label: first && sample.label === 'road work' ? 'no passing' : sample.label };
}

const right = ({ label }: Sample): FakeAnswer => ({ label });
const models = { old: right, new: answer, other: right };

async function measure<T>(
  candidate: keyof typeof models,
  judge: (measured: MeasuredPair) => Promise<T>,
): Promise<T> {
  const pair = {
    file: signs.file,
    images: 'validation' as const,
    first: undefined,
    withClaims: true,
    reference: await createModel('old'),
    candidate: await createModel(candidate),
  };
  return measurePair(createFakeEncoder(classes, models), pair, options, judge);
}

describe('measurePair', () => {
  it('keeps the images that both models can read, and says which it left out and why', async () => {
    const { predictions, badImages, notes } = await measure('new', async (pair) => pair);
    expect(predictions.samples).toHaveLength(11);
    expect(badImages).toEqual([{ path: expect.any(String), reason: 'it is torn' }]);
    expect(notes.join()).toContain('1 image could not be read and is left out');
    const changed = predictions.samples.filter(
      (_, row) => predictions.reference.classes[row] !== predictions.candidate.classes[row],
    );
    expect(changed.map(({ label }) => label)).toEqual(['road work']);
  });

  it('has the first model and what is watched for drift measured on the same images', async () => {
    const { path, poolLabels } = signs;
    await writeFile(join(path, 'texts.txt'), classes.join('\n'));
    const drift = { texts: 'texts.txt', images: 'pool' };
    const file = { ...signs.file, plan: { ...signs.file.plan, drift } };
    const truth = (sample: Sample) => poolLabels.get(basename(sample.path)) ?? sample.label;
    const encoder = createFakeEncoder(classes, {
      old: (sample) => ({ label: truth(sample) }),
      new: (sample) => ({ label: sample.index === 12 ? 'speed limit 80' : truth(sample) }),
      oldest: (sample) =>
        sample.index === 0 ? { unreadable: 'it is torn' } : { label: 'road work' },
    });
    const [reference, candidate, first] = await Promise.all(
      ['old', 'new', 'oldest'].map(createModel),
    );
    const pair = { file, images: 'validation' as const, withClaims: true, first };
    const measured = await measurePair(
      encoder,
      { ...pair, reference: reference!, candidate: candidate! },
      options,
      async (pair) => pair,
    );
    // 0: "no passing", 1: "road work", 2: "speed limit 80"; sample 12 is the pool's first, a "no passing".
    const { data, answers } = measured.watched!;
    expect(data.samples).toHaveLength(12);
    expect([...answers.reference]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    expect([...answers.candidate]).toEqual([2, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    expect([...measured.first!.predictions.classes]).toEqual(Array(11).fill(1));
    const { evaluator, asked } = createFakeEvaluator();
    const judgement = await judgePair(evaluator, file, measured, rules);
    expect(asked.map(({ tasks }) => tasks.map(({ task }) => task))).toEqual([
      ['speed limit 80', 'no passing', 'road work'],
      ['speed limit 80', 'no passing', 'road work'],
      ['drift'],
    ]);
    expect(judgement.first?.sha256).toBe(measured.first?.sha256);
    expect(judgement.drift?.reason).toContain('no claim was made');
  });
});

describe('judgePair', () => {
  it('asks the gate about every task, with the tolerance that was named', async () => {
    const { evaluator, asked } = createFakeEvaluator();
    await measure('new', (pair) =>
      judgePair(evaluator, signs.file, pair, { ...rules, tolerance: 0.3 }),
    );
    expect(asked).toHaveLength(1);
    expect(asked[0]!.tasks.map(({ task, target, tolerance }) => [task, target, tolerance])).toEqual(
      [
        ['speed limit 80', true, 0],
        ['no passing', false, 0.3],
        ['road work', false, 0.3],
      ],
    );
  });

  it('counts a judgement once, and refuses another candidate when the level is spent', async () => {
    const { evaluator } = createFakeEvaluator();
    const judge = (candidate: keyof typeof models) =>
      measure(candidate, (pair) => judgePair(evaluator, signs.file, pair, rules));
    const first = await judge('new');
    expect(first.ledger?.note).toContain('judgement 1');
    expect((await judge('new')).ledger?.note).toContain('not counted twice');
    await expect(judge('other')).rejects.toMatchObject({ kind: 'precondition' });
    expect((await judge('old')).ledger).toBeUndefined();
  });

  it.each([
    [Verdict.VERDICT_RETAINED, 'RETAINED'],
    [Verdict.VERDICT_REGRESSED, 'NOT_RELEASED'],
    [Verdict.VERDICT_UNDECIDED, 'NOT_RELEASED'],
  ])('tells the ledger of a sealed verdict %i no more than %s', async (verdict, told) => {
    const { evaluator } = createFakeEvaluator(verdict);
    await measure('new', (pair) =>
      judgePair(evaluator, signs.file, pair, { ...rules, sealed: true }),
    );
    const ledger = await readFile(join(signs.path, 'holdfast-ledger.jsonl'), 'utf8');
    expect(ledger).toContain(`"verdict":"${told}"`);
    expect(ledger).not.toMatch(/REGRESSED|UNDECIDED/);
  });
});

describe('a judgement', () => {
  it('names models, data and every task in JSON and in its reports', async () => {
    const { evaluator } = createFakeEvaluator();
    const encoder = { getInfo: async () => ({}) as never };
    const at = (name: string) => join(signs.path, name);
    await measure('new', async (measured) => {
      const judgement = await judgePair(evaluator, signs.file, measured, rules);
      expect(isRetained(judgement)).toBe(true);
      const { reference, candidate, data } = measured;
      const hashes = {
        reference: { sha256: reference.sha256 },
        candidate: { sha256: candidate.sha256 },
        data: { sha256: data.dataset.sha256, unreadable: 1 },
      };
      const json = describeJudgement(judgement, measured, { ...rules, role: 'validation' });
      expect(json).toMatchObject({ schema: 'holdfast.gate/1', outcome: 'RETAINED', ...hashes });
      expect(json.protected.map(({ task }) => task)).toEqual(['no passing', 'road work']);
      expect(json.ledger).toMatchObject({ judgements: 1, left: 0 });
      const sealed = describeSealed('RELEASED', measured, rules, judgement.ledger);
      expect(sealed).toMatchObject({ outcome: 'RELEASED', ...hashes, judgementsLeft: 0 });
      const made = { startedAt: new Date(), softwareVersion: 'test', command: rules.command };
      const judged = { file: signs.file, measured, judgement, settings: rules, ...made };
      await writePairReport(at('report.html'), encoder, judged);
      await writeSealedReport(at('sealed.html'), true, judged);
    });
    const report = await readFile(at('report.html'), 'utf8');
    for (const text of ['road work', 'no passing', 'it is torn', rules.command]) {
      expect(report).toContain(text);
    }
    expect(await readFile(at('sealed.html'), 'utf8')).not.toContain('road work');
  });
});
