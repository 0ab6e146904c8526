import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSteps } from './read-steps.js';
import { describeRunFolder } from './run-folder.js';

const values = { objective: 1, penalty: 0, learningRate: 1e-3, gradientNorm: 1 };
const task = { task: 0, batchValue: 0, constraintEstimate: 0, weight: 0 };
const tasks = [{ ...task, taskLoss: 0, multiplier: 0 }];
const all = { first: 0, countMax: 100, tasksMax: 100 };

describe('readSteps', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'holdfast-steps-'));
  });
  afterEach(() => rm(path, { recursive: true }));

  const append = (text: string) => appendFile(join(path, 'metrics.jsonl'), text);
  const write = (step: number) => append(`${JSON.stringify({ step, ...values, tasks })}\n`);
  async function read(range: Partial<typeof all> = {}) {
    const { steps, hasMore } = await readSteps(describeRunFolder(path), { ...all, ...range });
    return { steps: steps.map(({ step }) => step), hasMore };
  }

  it('reads a page at a time, by steps and by tasks', async () => {
    for (let step = 0; step < 5; step += 1) await write(step);
    expect(await read()).toEqual({ steps: [0, 1, 2, 3, 4], hasMore: false });
    expect(await read({ first: 1, countMax: 2 })).toEqual({ steps: [1, 2], hasMore: true });
    expect(await read({ first: 3, countMax: 2 })).toEqual({ steps: [3, 4], hasMore: false });
    expect(await read({ tasksMax: 2 })).toEqual({ steps: [0, 1], hasMore: true });
    expect(await read({ tasksMax: 0 })).toEqual({ steps: [0], hasMore: true });
    expect(await read({ first: 9 })).toEqual({ steps: [], hasMore: false });
  });

  it.each(['{"step":2', '{"step":2}\n', '{"step":7}\n', 'null\n'])('ends at %j', async (line) => {
    await write(0);
    await write(1);
    await append(line);
    expect(await read()).toEqual({ steps: [0, 1], hasMore: false });
  });

  it('finds none where there is no file', async () => {
    expect(await read()).toEqual({ steps: [], hasMore: false });
  });
});
