import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import type { Role, Sample } from '@holdfast/dataset';
import {
  type DriftData,
  describeDrift,
  describeDriftRequest,
  readDrift,
} from '@holdfast/evaluation';
import { createEvaluatorService } from '@holdfast/evaluator';
import { parsePlan } from '@holdfast/plan';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { createInProcessClient } from '@holdfast/service-kit';
import { describe, expect, it } from 'vitest';

const evaluator = createInProcessClient(EvaluatorServiceDefinition, createEvaluatorService());
const texts = ['a frog.', 'a horse.', 'a ship.'];

/** `images` images, `perGroup` to a group, of which the first `changed` are answered otherwise. */
async function findDrift(source: {
  images: number;
  perGroup?: number;
  changed: number;
  tolerance?: number;
}) {
  const { images, perGroup = 1, changed, tolerance } = source;
  const samples = Array.from({ length: images }, (_, i) => ({
    group: `g${Math.floor(i / perGroup)}`,
  })) as Sample[];
  const data: DriftData = { texts, samples, sha256: '', notes: [], tolerance };
  const reference = Uint32Array.from(samples, (_, i) => i % 3);
  const candidate = reference.map((answer, i) => (i < changed ? (answer + 1) % 3 : answer));
  const request = describeDriftRequest(data, { reference, candidate }, 0.05);
  return describeDrift(data, await evaluator.gate(request));
}

/** P(X <= k), X binomial. */
function binomialTail(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let sum = term;
  for (let i = 1; i <= k; i += 1) {
    term *= ((n - i + 1) / i) * (p / (1 - p));
    sum += term;
  }
  return sum;
}

describe('drift', () => {
  it.each([
    [0, 59],
    [5, 100],
    [13, 150],
    [40, 400],
  ])(
    'is bounded as by Clopper and Pearson for images that stand alone: %i of %i',
    async (changed, images) => {
      const { share, upperBound } = await findDrift({ images, changed });
      expect(share).toBe(changed / images);
      // The defining equation of the exact limit; the bound is found to 1e-11.
      expect(binomialTail(changed, images, upperBound)).toBeCloseTo(0.05, 8);
    },
  );

  it('counts groups, not images, where images belong together', async () => {
    const { groups, upperBound } = await findDrift({ images: 100, perGroup: 10, changed: 0 });
    expect(groups).toBe(10);
    expect(upperBound).toBeCloseTo(1 - 0.05 ** (1 / 10), 8);
  });

  it('decides a claim by its bounds', async () => {
    const claim = (changed: number) => findDrift({ images: 400, changed, tolerance: 0.05 });
    expect((await claim(8)).claim).toEqual({ tolerance: 0.05, verdict: 'RETAINED' });
    expect((await claim(18)).claim?.verdict).toBe('UNDECIDED');
    expect((await claim(40)).claim?.verdict).toBe('REGRESSED');
    expect((await claim(40)).reason).toBe(
      '40 of 400 unlabelled images (10.0 %) are answered otherwise among 3 texts (bounds 7.8 % to 12.8 %): more than the 5.0 % tolerated.',
    );
  });

  it('without a claim decides nothing, and says so', async () => {
    const finding = await findDrift({ images: 100, changed: 100 });
    expect(finding).toMatchObject({
      share: 1,
      upperBound: 1,
      reason: expect.stringContaining('no claim was made'),
    });
    expect(finding.claim).toBeUndefined();
  });

  it('reads texts of a file, one a line, and asks for two to choose from', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-drift-'));
    await writeFile(join(folder, 'image.png'), '');
    await writeFile(join(folder, 'two.txt'), 'a frog.\r\n\n a horse. \na frog.\n');
    await writeFile(join(folder, 'one.txt'), 'a frog.\n');
    const read = (file: string) => {
      const yaml = `model: m\ndata: {}\ntarget: { class: a }\ndrift: { texts: ${file}, images: . }\n`;
      const dataset = { samples: [] };
      return readDrift(parsePlan(yaml, 'plan.yaml'), folder, { dataset, firstIndex: 5 });
    };
    expect(await read('two.txt')).toMatchObject({
      texts: ['a frog.', 'a horse.'],
      samples: [{ index: 5, relativePath: 'image.png' }],
    });
    await expect(read('one.txt')).rejects.toThrow('has 1 text; an answer needs two');
    await expect(read('none.txt')).rejects.toMatchObject({ kind: 'not-found' });
    await rm(folder, { recursive: true });
  });

  it('watches no image that trains or steers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-drift-'));
    for (const name of ['a.png', 'b.png', 'c.png']) await writeFile(join(folder, name), name);
    await writeFile(join(folder, 'texts.txt'), 'a frog.\na horse.\n');
    const yaml =
      'model: m\ndata: {}\ntarget: { class: a }\ndrift: { texts: texts.txt, images: . }\n';
    const read = (used: Readonly<Record<string, Role>>) => {
      const samples = Object.entries(used).map(([name, role]) => ({
        ...{ index: 0, path: `/data/${name}`, relativePath: name, sha256: sha256(name) },
        ...{ label: 'a', group: name, roles: [role] },
      }));
      return readDrift(parsePlan(yaml, 'plan.yaml'), folder, {
        dataset: { samples },
        firstIndex: 5,
      });
    };
    const all = await read({ 'c.png': 'validation' });
    expect(all?.samples).toHaveLength(3);
    const left = await read({ 'a.png': 'negative', 'b.png': 'steering', 'c.png': 'test' });
    expect(left).toMatchObject({ samples: [{ index: 5, relativePath: 'c.png' }] });
    expect(left?.notes).toContain(
      '2 unlabelled images also train or steer, or are of such a group: they are not watched',
    );
    expect(left?.sha256).not.toBe(all?.sha256);
    await expect(
      read({ 'a.png': 'target', 'b.png': 'steering', 'c.png': 'protected' }),
    ).rejects.toThrow('watching needs others');
    await rm(folder, { recursive: true });
  });
});
