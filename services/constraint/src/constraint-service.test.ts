import {
  type ConstraintServiceClient,
  Drive,
  Penalty,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import { createMatrix } from '@holdfast/tensor';
import { refusalOf } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import {
  createBatch,
  createClient,
  createEmbeddings,
  openRun,
  settings,
  startRun,
} from './test-support/constraint-service.js';

const stateOf = async (client: ConstraintServiceClient) =>
  Buffer.from((await client.exportState({ runId: 'run' })).state).toString();

describe('Estimate', () => {
  it('gives zero for the reference itself, from records and from embeddings in the request', async () => {
    const client = await startRun();
    const records = await client.estimate({ runId: 'run', step: 0, ...createBatch(1) });
    expect(records.tasks.map(({ batchValue }) => batchValue)).toEqual([0, 0]);
    const other = createBatch(2);
    const paired = await client.estimate({
      runId: 'run',
      step: 1,
      ...other,
      referenceImageEmbeddings: other.imageEmbeddings,
      referenceClassEmbeddings: other.classEmbeddings,
    });
    expect(paired.tasks.map(({ batchValue }) => batchValue)).toEqual([0, 0]);
    expect(paired.tasks[0]!.taskLoss).not.toBe(records.tasks[0]!.taskLoss);
  });

  it('answers estimates, weights and gradients of the shapes of the embeddings', async () => {
    const client = await startRun();
    const response = await client.estimate({ runId: 'run', step: 0, ...createBatch(2) });
    expect(response.tasks.map(({ task }) => task)).toEqual([0, 1]);
    response.tasks.forEach(({ weight, constraintEstimate, batchValue }, k) => {
      expect(constraintEstimate).toBe(batchValue);
      expect(weight).toBeAllclose(5 * Math.max(0, constraintEstimate + [0, 0.1][k]!));
    });
    expect(response.tasks.some(({ weight }) => weight > 0)).toBe(true);
    const images = toMatrix(response.imageGradients, 'image_gradients');
    expect([images.rows, images.columns]).toEqual([6, 4]);
    // Row 4 belongs to no task.
    expect([...images.data.subarray(16, 20)]).toEqual([0, 0, 0, 0]);
    const classes = toMatrix(response.classGradients, 'class_gradients');
    expect([classes.rows, classes.columns]).toEqual([3, 4]);
  });

  it('keeps and weighs a batch value that was found elsewhere, and leaves its gradient to the caller', async () => {
    const client = createClient();
    const classes = [0, 1, 2];
    const outside = { name: 'outside', classes: [], requiredSlack: 0.5, allowedFlipRate: 0 };
    await client.openRun({
      runId: 'run',
      settings: { ...settings, drive: Drive.DRIVE_CALIBRATED_LOSS },
      tasks: [{ name: 'bus', classes, requiredSlack: 0, allowedFlipRate: 0.01 }, outside],
    });
    const {
      tasks: [bus],
      ...embeddings
    } = createBatch(1);
    await client.recordReference({ runId: 'run', ...embeddings, tasks: [bus!], complete: true });
    const estimate = (step: number, value: number | undefined) => {
      const tasks = [bus!, { task: 1, value }];
      return client.estimate({ runId: 'run', step, ...createBatch(2), tasks });
    };
    const { tasks, value, imageGradients } = await estimate(0, 0.25);
    expect(tasks[1]).toMatchObject({ task: 1, batchValue: 0.25, constraintEstimate: 0.25 });
    expect(tasks[1]!.weight).toBeAllclose(5 * 0.75);
    const { tasks: later } = await estimate(1, 1.25);
    expect(later[1]!.constraintEstimate).toBeAllclose(0.2 * 0.25 + 0.8 * 1.25);
    // What the service answers is bus's share alone.
    expect(value).toBeAllclose((tasks[0]!.weight / 2) * tasks[0]!.taskLoss);
    expect(toMatrix(imageGradients, 'image_gradients').rows).toBe(6);
    for (const wrong of [undefined, Number.NaN]) {
      expect(await refusalOf(estimate(2, wrong))).toMatchObject({
        kind: 'invalid',
        fields: ['tasks[1].value'],
      });
    }
  });

  it('of the last step again answers the same and changes nothing', async () => {
    const client = await startRun({ penalty: Penalty.PENALTY_AUGMENTED_LAGRANGIAN });
    await client.estimate({ runId: 'run', step: 0, ...createBatch(2) });
    const first = await client.estimate({ runId: 'run', step: 1, ...createBatch(3) });
    const state = await stateOf(client);
    const again = await client.estimate({ runId: 'run', step: 1, ...createBatch(3) });
    expect(again).toEqual(first);
    expect(await stateOf(client)).toBe(state);
  });

  it('refuses a step that was passed and lets steps be left out', async () => {
    const client = await startRun();
    await client.estimate({ runId: 'run', step: 4, ...createBatch(2) });
    const call = client.estimate({ runId: 'run', step: 3, ...createBatch(2) });
    expect(await refusalOf(call)).toMatchObject({
      kind: 'out-of-step',
      message: expect.stringContaining("step 3 of run 'run' was passed: the last one was 4"),
    });
  });

  it('refuses a candidate that is not finite, by task and sample, and changes nothing', async () => {
    const client = await startRun();
    await client.estimate({ runId: 'run', step: 0, ...createBatch(2) });
    const state = await stateOf(client);
    const spoiled = createEmbeddings(6, 2);
    spoiled.data[3 * 4] = Number.NaN;
    const imageEmbeddings = fromMatrix(spoiled);
    const call = client.estimate({ runId: 'run', step: 1, ...createBatch(2), imageEmbeddings });
    expect(await refusalOf(call)).toMatchObject({
      kind: 'diverged',
      message: expect.stringContaining("task 'truck': the candidate's cosine of sample 23"),
    });
    expect(await stateOf(client)).toBe(state);
  });

  it('refuses samples whose reference was not recorded', async () => {
    const client = await startRun();
    const batch = createBatch(2);
    batch.tasks[0]!.samples = [10, 99, 12];
    expect(await refusalOf(client.estimate({ runId: 'run', step: 0, ...batch }))).toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining("sample 99 of task 'bus'"),
    });
  });

  it('names every bad field of a request at once', async () => {
    const client = await startRun();
    const call = client.estimate({
      runId: 'run',
      step: 0,
      tasks: [
        { task: 0, rows: [0, 6], labels: [0, 3], samples: [10] },
        { task: 0, rows: [], labels: [], samples: [] },
      ],
      imageEmbeddings: fromMatrix(createEmbeddings(6, 1)),
      classEmbeddings: fromMatrix(createEmbeddings(2, 1, 5)),
      referenceImageEmbeddings: fromMatrix(createEmbeddings(6, 1)),
    });
    expect(await refusalOf(call)).toMatchObject({
      kind: 'invalid',
      fields: expect.arrayContaining([
        'tasks[0].rows[1]',
        'tasks[0].labels[1]',
        'tasks[0].samples',
        'tasks[1].task',
        'tasks[1].rows',
        'class_embeddings',
        'reference_class_embeddings',
      ]),
    });
  });

  it('names tasks that the run does not have, and more of them than it has', async () => {
    const client = await startRun();
    const { imageEmbeddings, classEmbeddings } = createBatch(1);
    const task = { task: 7, rows: [0], labels: [0], samples: [1] };
    const estimate = (tasks: (typeof task)[]) =>
      refusalOf(client.estimate({ runId: 'run', tasks, imageEmbeddings, classEmbeddings }));
    expect((await estimate([task])).message).toContain('tasks[0].task is 7, the run has 2 tasks');
    expect((await estimate([])).message).toContain('tasks needs at least one task');
    expect((await estimate([task, task, task])).message).toContain('tasks has 3 tasks');
  });
});

describe('OpenRun', () => {
  it('changes nothing when repeated and refuses other settings', async () => {
    const client = await startRun();
    await client.estimate({ runId: 'run', step: 0, ...createBatch(2) });
    const state = await stateOf(client);
    await openRun(client);
    expect(await stateOf(client)).toBe(state);
    expect(await refusalOf(openRun(client, { temperature: 0.2 }))).toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('close it first'),
    });
    await client.closeRun({ runId: 'run' });
    await openRun(client, { temperature: 0.2 });
  });

  it('refuses more runs than the service allows until one is closed', async () => {
    const client = createClient(2);
    await openRun(client, {}, 'a');
    await openRun(client, {}, 'b');
    const refusal = { kind: 'exhausted', retryAfterMs: 30_000 };
    await expect(openRun(client, {}, 'c')).rejects.toMatchObject(refusal);
    await client.closeRun({ runId: 'a' });
    await client.closeRun({ runId: 'never opened' });
    await openRun(client, {}, 'c');
  });

  it('names every bad field at once', async () => {
    const call = createClient().openRun({
      runId: '',
      settings: {
        ...settings,
        penalty: Penalty.PENALTY_SMOOTHED_HINGE,
        drive: Drive.DRIVE_MEASURED,
        penaltyCoefficient: -1,
        smoothingWidth: 0,
        movingAverage: 0,
        temperature: Number.NaN,
        dualStep: Number.POSITIVE_INFINITY,
        dualPeriodSteps: 0,
        multipliers: { initial: 0, rate: 0, standardErrors: -1, minimum: 1, maximum: 0.5 },
      },
      tasks: [
        { name: 'bus', classes: [0, 0], requiredSlack: Number.NaN, allowedFlipRate: 2 },
        { name: 'bus', classes: [1] },
        { name: 'x'.repeat(1001), classes: [1, 2] },
      ],
    });
    const { kind, fields } = await refusalOf(call);
    expect(kind).toBe('invalid');
    expect(fields.toSorted()).toEqual(
      [
        ...['run_id', 'settings.penalty_coefficient', 'settings.smoothing_width'],
        ...['settings.moving_average', 'settings.temperature', 'settings.dual_step'],
        'settings.dual_period_steps',
        ...['initial', 'rate', 'standard_errors', 'maximum'].map(
          (x) => `settings.multipliers.${x}`,
        ),
        ...['tasks[0].classes', 'tasks[0].required_slack', 'tasks[0].allowed_flip_rate'],
        ...['tasks[1].name', 'tasks[1].classes', 'tasks[2].name'],
      ].toSorted(),
    );
  });

  it('refuses ceilings without classes, and such that would be pushed on without end', async () => {
    const tasks = [
      { name: 'bus', classes: [0, 1] },
      { name: 'gore', classes: [0, 1], ceiling: true },
      { name: 'outside', classes: [], ceiling: true },
    ];
    const open = (penalty: Penalty, drive: Drive) =>
      refusalOf(
        createClient().openRun({ runId: 'run', tasks, settings: { ...settings, penalty, drive } }),
      );
    const fixed = await open(Penalty.PENALTY_FIXED, Drive.DRIVE_LOSS);
    expect(fixed.fields).toEqual(['tasks[1].ceiling', 'tasks[2].ceiling', 'tasks[2].ceiling']);
    expect(fixed.message).toContain('the penalty fixed with the drive loss would push its loss up');
    const squared = await open(Penalty.PENALTY_SQUARED_HINGE, Drive.DRIVE_LOSS);
    expect(squared.fields).toEqual(['tasks[2].ceiling']);
    expect((await open(Penalty.PENALTY_FIXED, Drive.DRIVE_ACCURACY)).fields).toEqual(
      squared.fields,
    );
  });

  it('refuses what is not set at all', async () => {
    const client = createClient();
    const empty = await refusalOf(client.openRun({ runId: 'run' }));
    expect(empty.fields).toEqual(['tasks', 'settings']);
    const unset = { ...settings, penalty: Penalty.PENALTY_UNSPECIFIED, multipliers: undefined };
    const tasks = [{ name: 'bus', classes: [0, 1] }];
    const call = client.openRun({
      runId: 'run',
      tasks,
      settings: { ...unset, drive: Drive.DRIVE_MEASURED },
    });
    expect((await refusalOf(call)).fields).toEqual(['settings.penalty', 'settings.multipliers']);
    const smoothed = { penalty: Penalty.PENALTY_SMOOTHED_HINGE, smoothingWidth: undefined };
    const narrow = client.openRun({ runId: 'run', tasks, settings: { ...settings, ...smoothed } });
    expect((await refusalOf(narrow)).fields).toEqual(['settings.smoothing_width']);
    const many = Array.from({ length: 10_001 }, (_, i) => ({ name: `${i}`, classes: [0, 1] }));
    const crowd = await refusalOf(client.openRun({ runId: 'run', tasks: many, settings }));
    expect(crowd.message).toContain('has 10001 tasks, at most 4096');
  });
});

describe('RecordReference', () => {
  it('counts samples over all calls, a repeated one once', async () => {
    const client = createClient();
    await openRun(client);
    const batch = createBatch(1);
    const [bus, truck] = batch.tasks;
    const first = await client.recordReference({ runId: 'run', ...batch, tasks: [bus!] });
    expect(first).toEqual({ sampleCount: 3, temperatures: [] });
    await client.recordReference({ runId: 'run', ...batch, tasks: [bus!] });
    const last = { runId: 'run', ...batch, tasks: [truck!], complete: true };
    const answer = { sampleCount: 5, temperatures: [0.1, 0.1] };
    expect(await client.recordReference(last)).toEqual(answer);
    expect(await client.recordReference(last)).toEqual(answer);
  });

  it('fits the temperatures of the calibrated drive with its last call', async () => {
    const client = createClient();
    await openRun(client, { drive: Drive.DRIVE_CALIBRATED_LOSS });
    await client.recordReference({ runId: 'run', ...createBatch(1) });
    const early = await refusalOf(client.estimate({ runId: 'run', step: 0, ...createBatch(2) }));
    expect(early.kind).toBe('precondition');
    const { imageEmbeddings, classEmbeddings } = createBatch(1);
    const paired = await refusalOf(
      client.estimate({
        runId: 'run',
        step: 0,
        ...createBatch(2),
        referenceImageEmbeddings: imageEmbeddings,
        referenceClassEmbeddings: classEmbeddings,
      }),
    );
    expect(paired.message).toContain("task 'bus' has no temperature yet");
    expect((await refusalOf(client.exportState({ runId: 'run' }))).message).toContain(
      'still records its reference',
    );
    const last = { runId: 'run', ...createBatch(1), complete: true };
    const { temperatures } = await client.recordReference(last);
    expect(temperatures.every((t) => t >= 0.02 && t <= 0.5)).toBe(true);
    expect(temperatures).not.toEqual([0.1, 0.1]);
    const response = await client.estimate({ runId: 'run', step: 0, ...createBatch(1) });
    expect(response.tasks.map(({ batchValue }) => batchValue)).toEqual([0, 0]);
  });

  it('refuses a reference that is not finite', async () => {
    const client = createClient();
    await openRun(client);
    const classEmbeddings = fromMatrix(createMatrix(3, 4, new Float32Array(12).fill(Infinity)));
    const call = client.recordReference({ runId: 'run', ...createBatch(1), classEmbeddings });
    expect(await refusalOf(call)).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining("task 'bus': the reference's cosine of sample 10"),
    });
  });

  it('refuses more samples than a run may hold, before it records any', async () => {
    const client = createClient();
    await openRun(client);
    const many = Array.from({ length: 1_000_001 }, (_, i) => i);
    const none = many.map(() => 0);
    const call = client.recordReference({
      runId: 'run',
      ...createBatch(1),
      tasks: [{ task: 0, rows: none, labels: none, samples: many }],
    });
    expect((await refusalOf(call)).kind).toBe('exhausted');
    const answer = await client.recordReference({ runId: 'run', ...createBatch(1) });
    expect(answer.sampleCount).toBe(5);
  });

  it('refuses to fit a temperature on more cosines than a run may hold', async () => {
    const client = createClient();
    const classes = Array.from({ length: 100_000 }, (_, i) => i);
    const calibrated = { ...settings, drive: Drive.DRIVE_CALIBRATED_LOSS };
    await client.openRun({
      runId: 'run',
      settings: calibrated,
      tasks: [{ name: 'wide', classes }],
    });
    const samples = Array.from({ length: 400 }, (_, i) => i);
    const call = client.recordReference({
      runId: 'run',
      tasks: [{ task: 0, rows: samples.map(() => 0), labels: samples, samples }],
      imageEmbeddings: fromMatrix(createMatrix(1, 1)),
      classEmbeddings: fromMatrix(createMatrix(100_000, 1)),
    });
    expect(await refusalOf(call)).toMatchObject({
      kind: 'exhausted',
      message: expect.stringContaining('40000000 cosines'),
    });
  });
});

describe('UpdateMultipliers', () => {
  const change = { task: 1, accuracyChange: -0.1, standardError: 0.01 };

  it('answers a multiplier where the penalty or the drive has one', async () => {
    const multipliersOf = async (changes: Parameters<typeof startRun>[0]) => {
      const client = await startRun(changes);
      const { tasks } = await client.estimate({ runId: 'run', step: 0, ...createBatch(2) });
      return tasks.map(({ multiplier }) => typeof multiplier);
    };
    const { PENALTY_SQUARED_HINGE: penalty, PENALTY_AUGMENTED_LAGRANGIAN: dual } = Penalty;
    expect(await multipliersOf({ penalty })).toEqual(['undefined', 'undefined']);
    expect(await multipliersOf({ penalty: dual })).toEqual(['number', 'number']);
    expect(await multipliersOf({ penalty, drive: Drive.DRIVE_MEASURED })).toEqual([
      'number',
      'number',
    ]);
  });

  it('moves measured multipliers, once a step', async () => {
    const client = await startRun({ drive: Drive.DRIVE_MEASURED });
    const request = { runId: 'run', step: 30, changes: [change] };
    const { multipliers } = await client.updateMultipliers(request);
    // The violation is far beyond 0.02: exp(0.5 * 2).
    expect(multipliers).toBeAllclose([1, Math.E], { rtol: 1e-14 });
    expect(await client.updateMultipliers(request)).toEqual({ multipliers });
    const response = await client.estimate({ runId: 'run', step: 30, ...createBatch(2) });
    expect(response.tasks.map(({ weight }) => weight)).toEqual(multipliers);
    expect(response.tasks.map(({ multiplier }) => multiplier)).toEqual(multipliers);
    expect(await refusalOf(client.updateMultipliers({ ...request, step: 29 }))).toMatchObject({
      kind: 'out-of-step',
      message: expect.stringContaining('the last one was after 30'),
    });
  });

  it('leaves the answer to a repeated step as it was', async () => {
    const client = await startRun({ drive: Drive.DRIVE_MEASURED });
    const step = { runId: 'run', step: 0, ...createBatch(2) };
    const first = await client.estimate(step);
    await client.updateMultipliers({ runId: 'run', step: 0, changes: [change] });
    const state = await stateOf(client);
    expect(await client.estimate(step)).toEqual(first);
    expect(await stateOf(client)).toBe(state);
  });

  it('is only for the measured drive', async () => {
    const client = await startRun();
    const call = client.updateMultipliers({ runId: 'run', step: 0, changes: [change] });
    expect((await refusalOf(call)).message).toContain("has the drive 'loss'");
  });

  it('names every bad field at once', async () => {
    const client = await startRun({ drive: Drive.DRIVE_MEASURED });
    const update = (changes: (typeof change)[]) =>
      refusalOf(client.updateMultipliers({ runId: 'run', step: 0, changes }));
    const bad = { task: 2, accuracyChange: Number.NaN, standardError: -1 };
    expect((await update([bad, bad])).fields).toEqual([
      'changes[0].task',
      'changes[0].accuracy_change',
      'changes[0].standard_error',
      ...['changes[1].task', 'changes[1].task'],
      'changes[1].accuracy_change',
      'changes[1].standard_error',
    ]);
    expect((await update([change, change, change])).message).toContain('has 3 changes');
  });
});

describe('a run that is not open', () => {
  it('is not found by any call but CloseRun', async () => {
    const client = createClient();
    const calls = [
      client.recordReference({ runId: 'x' }),
      client.estimate({ runId: 'x' }),
      client.updateMultipliers({ runId: 'x' }),
      client.exportState({ runId: 'x' }),
      client.importState({ runId: 'x' }),
    ];
    for (const call of calls) {
      expect(await refusalOf(call)).toMatchObject({
        kind: 'not-open',
        message: "the constraint service has no open run 'x'",
      });
    }
  });
});
