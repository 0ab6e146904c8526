import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import type { Sample } from '@holdfast/dataset';
import { parsePlan } from '@holdfast/plan';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enterJudgement, listJudging, openJudging } from './judging.js';

const image = (name: string, group = name): Sample => ({
  ...{ index: 0, path: `/data/${name}`, relativePath: name, sha256: sha256(name) },
  ...{ label: 'stop', group, roles: ['validation'] },
});

describe('the images of a drift', () => {
  let basePath: string;
  beforeEach(async () => {
    basePath = await mkdtemp(join(tmpdir(), 'holdfast-judging-'));
  });
  afterEach(() => rm(basePath, { recursive: true }));

  const planText = 'model: m\ndata: {}\ntarget: { class: stop }\ngate: { ledger: ledger.jsonl }\n';
  const open = (...images: Parameters<typeof listJudging>) => {
    const source = { plan: parsePlan(planText, 'plan.yaml'), basePath, planText };
    return openJudging(source, listJudging(...images), 'gate');
  };
  const watched = { samples: [image('d', 'drive 1'), image('e', 'drive 1')], tolerance: 0.05 };
  const judge = async (name: string, drift: Parameters<typeof listJudging>[1]) => {
    const judging = await open([image(name)], drift);
    const judgement = { key: sha256(name), reference: sha256('old'), candidate: name };
    return enterJudgement(judging, { ...judgement, level: 0.01 });
  };

  it('judge again where they are claimed, whatever images judge beside them', async () => {
    expect(await judge('a', watched)).toMatchObject({ number: 1 });
    expect(await judge('b', watched)).toMatchObject({ number: 2 });
    // Those that are told alone decide nothing.
    expect(await judge('c', { ...watched, tolerance: undefined })).toMatchObject({ number: 1 });
  });

  it('make another judgement of other images, or groups', async () => {
    const identify = async (...images: Parameters<typeof listJudging>) =>
      (await open(...images)).data.sha256;
    const known = await identify([image('a')], watched);
    expect(await identify([image('a')], { ...watched })).toBe(known);
    const others = [{ ...watched, samples: [image('d'), image('e')] }, undefined];
    for (const other of others) expect(await identify([image('a')], other)).not.toBe(known);
    const untold = { ...watched, tolerance: undefined };
    expect(await identify([image('a')], untold)).toBe(await identify([image('a')], undefined));
  });
});
