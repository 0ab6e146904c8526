import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '@holdfast/dataset';
import { Verdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgePair } from '../pair/judge-pair.js';
import { measurePair } from '../pair/measure-pair.js';
import { classes, createModel, createSigns, type Signs } from '../test/signs.js';
import { createFakeEncoder } from '../test-support/fake-encoder.js';
import { createFakeEvaluator } from '../test-support/fake-evaluator.js';
import { findJudgement } from './find-judgement.js';
import { askAgain } from './judge-again.js';

let signs: Signs;
let path: string;
beforeEach(async () => {
  signs = await createSigns();
  path = join(signs.path, 'holdfast-ledger.jsonl');
});
afterEach(() => signs.remove());

const right = ({ label }: Sample) => ({ label });
const wrong = () => ({ label: 'no passing' });
const models = { old: right, new: right, again: right, worse: wrong };
type Name = keyof typeof models;
const gate = { policy: 'evidence', level: 0.025, judgementsMax: 2 } as const;

async function measure(candidate: Name) {
  const pair = { images: 'validation' as const, first: undefined, withClaims: true };
  const named = { reference: await createModel('old'), candidate: await createModel(candidate) };
  const options = { signal: new AbortController().signal, onProgress: () => {} };
  const encoder = createFakeEncoder(classes, models);
  return measurePair(encoder, { ...pair, ...named, file: signs.file }, options, async (it) => it);
}

async function judge(candidate: Name, verdict: Verdict = Verdict.VERDICT_RETAINED) {
  const rules = { policy: 'evidence', level: gate.level, command: 'holdfast gate' } as const;
  const { evaluator } = createFakeEvaluator(verdict);
  await judgePair(evaluator, signs.file, await measure(candidate), rules);
}

async function find(
  candidate: Name,
  outcome: 'RETAINED' | 'REGRESSED' = 'RETAINED',
  level: number = gate.level,
) {
  const measured = await measure(candidate);
  const { reference } = measured;
  const stated = {
    outcome,
    gate: { ...gate, level },
    reference: { sha256: reference.sha256 },
    candidate: {
      sha256: measured.candidate.sha256,
      version: '',
      step: 0,
      average: false,
      alpha: 1,
    },
  };
  return findJudgement(stated, askAgain(measured, stated.gate), signs.file);
}

describe('findJudgement', () => {
  it('finds a verdict among all by the same images', async () => {
    await judge('worse', Verdict.VERDICT_REGRESSED);
    await judge('new');
    const found = { path, judgements: 2, differences: [] };
    expect(await find('worse', 'REGRESSED')).toEqual({ ...found, number: 1 });
    expect(await find('new')).toEqual({ ...found, number: 2 });
  });

  it('takes weights that answer alike for one judgement, and the same weights by their hash', async () => {
    await judge('new');
    expect(await find('again')).toMatchObject({ number: 1, differences: [] });
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(/"key":"[0-9a-f]{64}"/g, `"key":"${'0'.repeat(64)}"`));
    expect(await find('new')).toMatchObject({ number: 1, differences: [] });
    expect(await find('again')).toMatchObject({ number: null });
  });

  it('contradicts a release that the ledger of its images does not hold', async () => {
    await judge('worse', Verdict.VERDICT_REGRESSED);
    expect(await find('new')).toMatchObject({
      judgements: 1,
      number: null,
      differences: [{ path: 'outcome', stated: 'RETAINED', found: `no such judgement in ${path}` }],
    });
    expect(await find('worse')).toMatchObject({
      number: 1,
      differences: [{ stated: 'RETAINED', found: `REGRESSED in ${path}` }],
    });
    // What was not released may have been shown to inform, and is not counted then.
    expect(await find('new', 'REGRESSED')).toMatchObject({ number: null, differences: [] });
  });

  it('contradicts a level that the judgement was not made at', async () => {
    await judge('new');
    expect(await find('new', 'RETAINED', 0.05)).toMatchObject({
      number: 1,
      differences: [{ path: 'gate.level', stated: 0.05, found: 0.025 }],
    });
  });

  it('contradicts nothing where no ledger knows these images, and writes none', async () => {
    expect(await find('new')).toEqual({ path, judgements: 0, number: null, differences: [] });
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it('refuses a ledger that is damaged', async () => {
    await judge('new');
    await writeFile(path, '{"event":"judgement"}\n');
    await expect(find('new')).rejects.toThrow('line 1 is no line of a ledger');
  });
});
