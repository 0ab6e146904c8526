import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCell } from './read-cell.js';

const hash = 'a'.repeat(64);
const measure = (confidence: number, error: number) => ({ confidence, error });
const calibrate = (task: string, old: number, renewed: number) => ({
  task,
  target: task === 'stop',
  examples: 5,
  reference: measure(0.5, old),
  candidate: measure(0.6, renewed),
});
const { task: _, target: __, ...all } = calibrate('all', 0.05, 0.07);
const comparison = {
  ...{ task: 'stop', examples: 10, groups: 5, referenceAccuracy: 0.2, candidateAccuracy: 0.7 },
  ...{ accuracyChange: 0.5, negativeFlips: 0, positiveFlips: 5, lowerBound: 0.1, upperBound: 0.8 },
  ...{ lossChange: -1, method: 'tango' },
};
const verdict = {
  ...{ schema: 'holdfast.verdict/1', outcome: 'RETAINED', reason: 'Nothing fell.' },
  candidate: { sha256: hash, version: 'v', step: 1, average: false, alpha: 1 },
  ...{ devSafetyAccuracy: -0.01, target: [comparison], protected: [] },
};
const calibration = {
  bins: 15,
  all,
  tasks: [
    calibrate('stop', 0.3, 0.1),
    calibrate('go', 0.2, 0.1),
    calibrate('yield', 0.1, 0.15),
    calibrate('road work', 0.4, 0.44),
  ],
};

describe('readCell', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'holdfast-cell-'));
  });
  afterEach(() => rm(path, { recursive: true }));

  const setting = { setting: 'stop', target: 'stop', variant: null };
  const named = { name: 'ours-seed-0', ...setting, method: 'ours', seed: 0 };
  const planYaml = 'model: old\ngate: { tolerance: 0.02, ledger: here.jsonl }\n';
  const read = () => readCell({ ...named, path, planYaml, planSha256: hash });
  const write = (name: string, text: string) => writeFile(join(path, name), text);
  const end = (trained: object, ...more: object[]) => [
    { event: 'training.completed', step: 6, seconds: 8, imageWaitSeconds: 0, ...trained },
    { event: 'run.completed', outcome: 'RETAINED', candidateSha256: hash },
    ...more,
  ];
  const writeRun = async (entries: object[], content: object) => {
    await mkdir(path, { recursive: true });
    await write('origin.json', '{}');
    await write('plan.yaml', planYaml);
    await write('journal.jsonl', entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await write('verdict.json', JSON.stringify(content));
  };

  it('knows nothing of a run that was not submitted', async () => {
    expect(await read()).toMatchObject({ state: 'waiting', figures: null });
  });

  it('is that of its own plan, wherever the study has its ledgers, and of no other', async () => {
    await writeRun(end({ measuringSeconds: 2, activations: '' }), verdict);
    const moved = planYaml.replace('here', 'there');
    await write('plan.yaml', moved);
    expect(await read()).toMatchObject({ state: 'finished', planSha256: sha256(moved) });
    await write('plan.yaml', planYaml.replace('0.02', '0.2'));
    await expect(read()).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('is not the plan that this run of the study has'),
    });
  });

  it('says what a run cost, and which protected task lost most of its calibration', async () => {
    const cost = { measuringSeconds: 2, stepImages: 300, measuredImages: 80, activations: '' };
    await writeRun(end(cost), { ...verdict, calibration });
    const { figures } = await read();
    expect(figures).toMatchObject({ trainingSeconds: 10, measuringSeconds: 2 });
    expect(figures).toMatchObject({ stepImages: 300, measuredImages: 80 });
    expect(figures!.calibration).toEqual({
      all: { old: 0.05, new: 0.07 },
      target: { old: 0.3, new: 0.1 },
      worst: { task: 'yield', old: 0.1, new: 0.15 },
    });
  });

  it('knows the cost of a run that one start trained, and of none whose steps several share', async () => {
    const opened = { imageChunk: 1, textChunk: 1, badImages: 0 };
    const began = { event: 'data.read', dataSha256: hash, ...opened };
    const at = '2026-01-01T00:00:00Z';
    const resumed = (step: number) => ({ event: 'run.resumed', step, stepsRepeated: 0 });
    const recovered = { ...resumed(0), event: 'run.recovered', at, reason: 'lost' };
    const cost = { measuringSeconds: 2, stepImages: 300, measuredImages: 80, activations: '' };
    const unknown = {
      ...{ trainingSeconds: null, measuringSeconds: null, stepImages: null, measuredImages: null },
      resumed: true,
    };
    const known = { stepImages: 300, measuredImages: 80, trainingSeconds: 10, resumed: false };
    await writeRun([began, began, resumed(2), ...end(cost)], verdict);
    expect((await read()).figures).toMatchObject(unknown);
    await writeRun([began, { ...recovered, step: 2 }, ...end(cost)], verdict);
    expect((await read()).figures).toMatchObject(unknown);
    // Stopped before its first checkpoint; or after its last step, while it was judged.
    await writeRun([began, began, ...end(cost)], verdict);
    expect((await read()).figures).toMatchObject(known);
    await writeRun([began, began, recovered, ...end(cost)], verdict);
    expect((await read()).figures).toMatchObject(known);
    const [trained] = end(cost) as [object];
    const rest = end({ ...cost, seconds: 0, stepImages: 0 });
    await writeRun([began, trained, began, resumed(6), ...rest], verdict);
    expect((await read()).figures).toMatchObject(known);
  });

  it('takes the calibration of several targets in the mean', async () => {
    const both = { ...calibrate('go', 0.5, 0.2), target: true };
    const tasks = [calibrate('stop', 0.3, 0.1), both, calibrate('yield', 0.1, 0.15)];
    await writeRun(end({ measuringSeconds: 2, activations: '' }), {
      ...verdict,
      calibration: { ...calibration, tasks },
    });
    const { target } = (await read()).figures!.calibration!;
    expect(target.old).toBeCloseTo(0.4, 12);
    expect(target.new).toBeCloseTo(0.15, 12);
  });

  it('follows target and worst protected task up to the newest checkpoint that is whole', async () => {
    const at = (step: number, ...changes: number[]) => {
      return { step, targetChange: step / 100, accuracyChanges: changes };
    };
    const save = async (steps: number, text: string) => {
      const folder = join('checkpoints', `step-${String(steps).padStart(7, '0')}`);
      await mkdir(join(path, folder), { recursive: true });
      await write(join(folder, 'progress.json'), text);
    };
    const progress = (stepsTaken: number, measurements: object[]) =>
      JSON.stringify({ stepsTaken, candidates: [], leaders: [], measurements });
    const read3 = {
      event: 'data.read',
      dataSha256: hash,
      imageChunk: 1,
      textChunk: 1,
      badImages: 0,
    };
    const protectedTasks = ['go', 'yield'];
    await writeRun([{ ...read3, protectedTasks, ceilings: [] }], {});
    await save(10, progress(10, [at(10, 0, -0.1)]));
    await save(20, progress(20, [at(10, 0, -0.1), at(20, -0.2, 0)]));
    await save(30, '{"stepsTaken":30');
    const { state, trajectory } = await read();
    expect(state).toBe('stopped');
    expect(trajectory).toEqual([
      { step: 10, targetChange: 0.1, worstChange: -0.1, worstTask: 'yield' },
      { step: 20, targetChange: 0.2, worstChange: -0.2, worstTask: 'go' },
    ]);
    await writeRun([{ ...read3, protectedTasks, ceilings: ['yield'] }], {});
    expect((await read()).trajectory).toMatchObject([
      { worstChange: 0, worstTask: 'go' },
      { worstChange: -0.2, worstTask: 'go' },
    ]);
    const many = Array.from({ length: 250 }, (_, i) => at(i + 1));
    await save(40, progress(40, many));
    const thinned = (await read()).trajectory;
    expect(thinned).toHaveLength(84);
    expect(thinned.at(-1)).toMatchObject({ step: 250, worstChange: null, worstTask: null });
  });

  it('takes the mean change of protected tasks, each once, without targets and ceilings', async () => {
    const judged = (task: string, accuracyChange: number, more: object = {}) => ({
      ...{ ...comparison, task, accuracyChange, verdict: 'RETAINED', moreNeeded: 0 },
      ...{ tolerance: 0, pValue: 1, holmPValue: 1, simultaneousBounds: [-1, 1], reason: '' },
      ...{ confidence: [], ...more },
    });
    const tasks = [
      judged('go', -0.02, { examples: 1000, lowerBound: -0.05, upperBound: 0.02 }),
      judged('yield', 0.01, { lowerBound: -0.07, upperBound: 0.08 }),
      judged('tank', -0.9, { lowerBound: -1, upperBound: -0.8, ceiling: true }),
    ];
    const tested = [...tasks, comparison].map((each) => {
      const accuracyChange = 2 * each.accuracyChange;
      return { ...each, accuracyChange, target: each.task === 'stop' };
    });
    const test = { note: '', devSafetyAccuracy: -0.04, tasks: tested };
    const cost = { measuringSeconds: 2, activations: '' };
    await writeRun(end(cost), { ...verdict, protected: tasks, test });
    const { validation, test: onTest } = (await read()).figures!;
    expect(validation.meanProtectedChange).toBeCloseTo(-0.005, 12);
    expect(onTest!.meanProtectedChange).toBeCloseTo(-0.01, 12);
    expect(onTest!.targetGain).toBeCloseTo(1, 12);
    expect(onTest).toMatchObject({ devSafetyLower: -0.07, devSafetyUpper: 0.02 });
    const points = tested.map(({ lowerBound: _, upperBound: __, ...point }) => point);
    await writeRun(end(cost), { ...verdict, protected: tasks, test: { ...test, tasks: points } });
    expect((await read()).figures!.test).toMatchObject({
      devSafetyLower: null,
      devSafetyUpper: null,
    });
  });

  it('reads a run of an earlier version, which said neither', async () => {
    await writeRun(end({ measuringSeconds: 2, activations: '' }), verdict);
    const { figures } = await read();
    expect(figures).toMatchObject({ calibration: null, stepImages: null, trainingSeconds: 10 });
  });
});
