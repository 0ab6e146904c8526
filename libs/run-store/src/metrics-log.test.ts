import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noFence } from '@holdfast/artifacts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MetricsLog, openMetricsLog, type StepResult } from './metrics-log.js';

const row = (step: number): StepResult => ({
  ...{ step, objective: 1 / (step + 1), penalty: 0, learningRate: 1e-5, gradientNorm: 0.5 },
  tasks: [],
});
const rows = (count: number) => Array.from({ length: count }, (_, step) => row(step));

describe('openMetricsLog', () => {
  let folder: string;
  let path: string;
  let opened: MetricsLog[];
  beforeEach(async () => {
    opened = [];
    folder = await mkdtemp(join(tmpdir(), 'holdfast-metrics-'));
    path = join(folder, 'metrics.jsonl');
  });
  afterEach(async () => {
    for (const log of opened) await log.close();
    await rm(folder, { recursive: true });
  });

  async function open(stepsTaken: number): Promise<MetricsLog> {
    const log = await openMetricsLog(path, stepsTaken, noFence);
    opened.push(log);
    return log;
  }
  async function writeRows(count: number): Promise<void> {
    const log = await open(0);
    for (const result of rows(count)) await log.append(result);
    await log.flush();
  }

  it('reads every step, written or not yet', async () => {
    const log = await open(0);
    for (const result of rows(120)) await log.append(result);
    expect(await log.read()).toEqual(rows(120));
  });

  it('drops the steps that a resumed run takes again, and goes on from there', async () => {
    await writeRows(10);
    const log = await open(6);
    expect(log.stepsRepeated).toBe(4);
    await log.append(row(6));
    expect(await log.read()).toEqual(rows(7));
  });

  it.each(['{"step":3,"obj', 'null\n', '{"step":7}\n'])(
    'ends where a line is torn or out of order: %j',
    async (line) => {
      await writeRows(3);
      await appendFile(path, line);
      await open(10);
      const kept = (await readFile(path, 'utf8')).trim().split('\n');
      expect(kept.map((text) => JSON.parse(text))).toEqual(rows(3));
    },
  );
});
