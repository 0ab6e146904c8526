import {
  BoundMethod,
  type PairedPredictions,
  Policy,
  Verdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { taskLimits } from '@holdfast/service-kit';
import { refusalOf } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { classes, createClient, createTask } from './test-support/evaluator-service.js';

const client = createClient();

describe('Compare', () => {
  it('answers each task with its counts, change and bounds, in the order of the request', async () => {
    const { tasks } = await client.compare({
      tasks: [
        createTask('stop', { signs: 12, lost: 2 }),
        createTask('speed', { signs: 8, target: true, referenceLoss: 1.5, candidateLoss: 1.25 }),
      ],
    });
    expect(tasks[0]).toMatchObject({
      task: 'stop',
      target: false,
      exampleCount: 120,
      groupCount: 12,
      referenceAccuracy: 0.9,
      candidateAccuracy: 0.7,
      accuracyChange: -0.2,
      negativeFlips: 24,
      positiveFlips: 0,
      tolerance: 0.3,
      method: BoundMethod.BOUND_METHOD_GAFFKE_SIGN_FLIP,
    });
    expect(tasks[0]!.lowerBound).toBeLessThan(-0.2);
    // Every group lost the same.
    expect(tasks[0]!.standardError).toBeCloseTo(0, 14);
    expect(tasks[0]!.mcnemarPValue).toBeCloseTo(2 ** -24, 12);
    expect(tasks[1]).toMatchObject({
      task: 'speed',
      target: true,
      method: BoundMethod.BOUND_METHOD_ZERO_FLIP,
    });
    expect(tasks[1]!.lossChange).toBe(-0.25);
    expect(tasks[1]!.smallestDetectableDrop).toBeCloseTo(1 - 0.05 ** (1 / 8), 10);
  });

  it('treats examples without groups as independent', async () => {
    const { tasks } = await client.compare({
      tasks: [createTask('stop', { signs: 30, lost: 1, groups: [] })],
    });
    expect(tasks[0]).toMatchObject({
      groupCount: 300,
      exampleCount: 300,
      method: BoundMethod.BOUND_METHOD_TANGO,
    });
  });

  it('takes both DevSafeties over protected tasks only', async () => {
    const response = await client.compare({
      tasks: [
        createTask('a', { signs: 8, lost: 1, candidateLoss: 0.5 }),
        createTask('b', { signs: 8, lost: 2, candidateLoss: 0.1 }),
        createTask('t', { signs: 8, lost: 9, candidateLoss: 9, target: true }),
      ],
    });
    expect(response).toMatchObject({ devSafetyAccuracy: -0.2, devSafetyLoss: -0.5 });
  });

  it('answers no DevSafety where no task is protected', async () => {
    const response = await client.compare({
      tasks: [createTask('t', { signs: 8, lost: 9, candidateLoss: 9, target: true })],
    });
    expect(response).toMatchObject({ devSafetyAccuracy: undefined, devSafetyLoss: undefined });
  });

  it('answers changes of loss as far as losses are known', async () => {
    const a = createTask('a', { signs: 8, referenceLoss: 0.5, candidateLoss: 0.75 });
    const b = createTask('b', { signs: 8, referenceLoss: 0.5, candidateLoss: undefined });
    const both = await client.compare({ tasks: [a, b] });
    expect(both.tasks.map(({ lossChange }) => lossChange)).toEqual([0.25, undefined]);
    expect(both.devSafetyLoss).toBe(-0.25);
    expect((await client.compare({ tasks: [b] })).devSafetyLoss).toBeUndefined();
  });

  it('widens the bounds as the level falls, by default 0.05', async () => {
    const tasks = [createTask('stop', { signs: 10 })];
    const boundAt = async (level?: number) =>
      (await client.compare({ tasks, level })).tasks[0]!.lowerBound;
    expect(await boundAt()).toBe(await boundAt(0.05));
    expect(await boundAt(0.01)).toBeLessThan(await boundAt(0.05));
  });
});

describe('Gate', () => {
  it('judges a thousand classes in one request', async () => {
    const names = Array.from({ length: 1001 }, (_, i) => `class ${i}`);
    const tasks = names.map((name, i) => createTask(name, { signs: 10, target: i === 0 }));
    const {
      verdict,
      tasks: judged,
      reason,
    } = await client.gate({
      tasks,
      level: 0.05,
      policy: Policy.POLICY_EVIDENCE,
    });
    expect(judged).toHaveLength(1000);
    expect(verdict).toBe(Verdict.VERDICT_RETAINED);
    expect(reason).toContain('ruled out for all 1000 protected tasks');
  });

  it('retains the reference itself under the strict policy, without a flip', async () => {
    const response = await client.gate({
      tasks: [createTask('stop', { signs: 4, tolerance: 0 })],
      policy: Policy.POLICY_STRICT,
    });
    expect(response.verdict).toBe(Verdict.VERDICT_RETAINED);
    expect(response.tasks[0]!.comparison).toMatchObject({
      accuracyChange: 0,
      negativeFlips: 0,
      positiveFlips: 0,
    });
  });

  it('retains the reference itself exactly from the zero-flip bound on', async () => {
    const bound = 1 - 0.05 ** (1 / 10);
    const verdictAt = async (tolerance: number) =>
      (await client.gate({ tasks: [createTask('stop', { signs: 10, tolerance })] })).verdict;
    expect(await verdictAt(bound + 1e-9)).toBe(Verdict.VERDICT_RETAINED);
    expect(await verdictAt(bound - 1e-9)).toBe(Verdict.VERDICT_UNDECIDED);
  });

  it('calls a planted regression by its name, and compares the target without judging it', async () => {
    const response = await client.gate({
      tasks: [
        createTask('stop', { signs: 10 }),
        createTask('speed limit 80', { signs: 10, lost: 9, target: true }),
        createTask('speed limit 50', { signs: 10, lost: 9, tolerance: 0.05 }),
      ],
    });
    expect(response.verdict).toBe(Verdict.VERDICT_REGRESSED);
    expect(response.reason).toMatch(/^Not released: 'speed limit 50' lost 90\.0 points/);
    expect(response.tasks.map(({ comparison }) => comparison?.task)).toEqual([
      'stop',
      'speed limit 50',
    ]);
    expect(response.targets.map(({ task }) => task)).toEqual(['speed limit 80']);
    expect(response.tasks[1]).toMatchObject({
      verdict: Verdict.VERDICT_REGRESSED,
      pValue: 2 ** -10,
      holmPValue: 2 ** -9,
      moreNeeded: undefined,
    });
    expect(response.devSafetyAccuracy).toBe(-0.9);
  });

  it('says how many more groups an undecided task needs', async () => {
    const { tasks, verdict } = await client.gate({
      tasks: [createTask('stop', { signs: 10, tolerance: 0.05 })],
    });
    expect(verdict).toBe(Verdict.VERDICT_UNDECIDED);
    expect(tasks[0]).toMatchObject({ verdict: Verdict.VERDICT_UNDECIDED, moreNeeded: 49 });
    expect(tasks[0]!.reason).toMatch(/about 49 more like these would\.$/);
  });

  it('answers simultaneous intervals at the level over the number of protected tasks', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const { tasks } = await client.gate({
      tasks: names.map((name) => createTask(name, { signs: 10 })),
    });
    expect(tasks[0]!.simultaneousLowerBound).toBeCloseTo(0.01 ** (1 / 10) - 1, 10);
    expect(tasks[0]!.simultaneousUpperBound).toBeCloseTo(1 - 0.01 ** (1 / 10), 10);
  });

  it('knows no upper bound and convicts nobody where labels are missing, and keeps the lower bound', async () => {
    const lost = { signs: 12, lost: 8, tolerance: 0.1 };
    const gate = async (missing?: { largestGroup: number }) => {
      const task = createTask('stop', { ...lost, missing });
      const claims = [{ taskCount: 2, tolerance: 0.1 }];
      const second = createTask('yield', { signs: 12, missing });
      return client.gate({ tasks: [task, second], claims });
    };
    const [all, some, larger] = [
      await gate(),
      await gate({ largestGroup: 10 }),
      await gate({ largestGroup: 30 }),
    ];
    expect([all, some].map(({ verdict }) => verdict)).toEqual([
      Verdict.VERDICT_REGRESSED,
      Verdict.VERDICT_UNDECIDED,
    ]);
    const bounds = ({ tasks }: typeof all) => tasks.map(({ comparison }) => comparison!.lowerBound);
    expect(bounds(some)).toEqual(bounds(all));
    // A group of which more may be left out is a larger group that was not seen.
    expect(bounds(larger).every((bound, i) => bound < bounds(all)[i]!)).toBe(true);
    expect(larger.claims[0]!.lowerBound).toBeLessThan(all.claims[0]!.lowerBound);
    expect(some.tasks[0]).toMatchObject({
      comparison: { upperBound: undefined, negativeFlips: 96 },
      pValue: 1,
      holmPValue: 1,
      simultaneousUpperBound: undefined,
      reason: expect.stringMatching(/^'stop' lost 96 images at most and won 0 \(lower bound -/),
    });
    expect(all.claims[0]!.verdict).toBe(Verdict.VERDICT_REGRESSED);
    expect(some.claims[0]).toMatchObject({
      verdict: Verdict.VERDICT_UNDECIDED,
      upperBound: undefined,
    });
  });

  it('does not let the strict policy convict where labels are missing either', async () => {
    const task = createTask('stop', { signs: 12, lost: 1, missing: { largestGroup: 10 } });
    const { verdict } = await client.gate({ tasks: [task], policy: Policy.POLICY_STRICT });
    expect(verdict).toBe(Verdict.VERDICT_UNDECIDED);
    const refused = createTask('stop', { signs: 12, missing: { largestGroup: 0 } });
    const { fields } = await refusalOf(client.gate({ tasks: [refused] }));
    expect(fields).toEqual(['tasks[0].missing.largest_group']);
  });

  it('gives the same answer twice', async () => {
    const request = { tasks: [createTask('stop', { signs: 9, lost: 2, tolerance: 0.1 })] };
    expect(await client.gate(request)).toEqual(await client.gate(request));
  });
});

describe('a ceiling', () => {
  const floor = createTask('stop', { signs: 20 });
  // Both models exchanged: won what was lost.
  const { referencePredictions, candidatePredictions } = createTask('gore', { signs: 20, lost: 4 });
  const ceiling = {
    ...floor,
    task: 'gore',
    ceiling: true,
    referencePredictions: candidatePredictions,
    candidatePredictions: referencePredictions,
    candidateLoss: -2,
  };

  it('that grew withholds the release, and is no part of DevSafety', async () => {
    const answer = await client.gate({ tasks: [floor, ceiling] });
    expect(answer.verdict).toBe(Verdict.VERDICT_REGRESSED);
    expect(answer.tasks.map(({ verdict }) => verdict)).toEqual([
      Verdict.VERDICT_RETAINED,
      Verdict.VERDICT_REGRESSED,
    ]);
    expect(answer.reason).toMatch(/^Not released: 'gore' grew by 40\.0 points/);
    expect(answer.tasks[1]!.comparison).toMatchObject({ ceiling: true, accuracyChange: 0.4 });
    expect(answer.tasks[0]!.comparison!.ceiling).toBeUndefined();
    expect([answer.devSafetyAccuracy, answer.devSafetyLoss]).toEqual([0, 0]);
  });

  it('that fell is retained, whatever it lost, and compared with the bounds that the gate goes by', async () => {
    const fallen = { ...ceiling, referencePredictions, candidatePredictions, candidateLoss: 2 };
    const answer = await client.gate({ tasks: [floor, fallen] });
    expect(answer.verdict).toBe(Verdict.VERDICT_RETAINED);
    expect([answer.devSafetyAccuracy, answer.devSafetyLoss]).toEqual([0, 0]);
    const { tasks, devSafetyAccuracy } = await client.compare({ tasks: [floor, fallen] });
    expect(tasks[1]).toEqual(answer.tasks[1]!.comparison);
    expect(devSafetyAccuracy).toBe(0);
    expect((await client.compare({ tasks: [fallen] })).devSafetyAccuracy).toBeUndefined();
  });

  it.each([
    ['alone', [ceiling], {}, 'tasks', /no ceiling/],
    ['a target', [floor, { ...ceiling, target: true }], {}, 'tasks[1].ceiling', /a target/],
    [
      'without all labels',
      [floor, { ...ceiling, missing: { largestGroup: 10 } }],
      {},
      'tasks[1].ceiling',
      /labels are missing/,
    ],
    [
      'one of the tasks of a claim',
      [floor, ceiling],
      { claims: [{ taskCount: 2, tolerance: 0.1 }] },
      'claims[0].task_count',
      /that are no ceilings \(1\)/,
    ],
  ])('is refused: %s', async (_, tasks, settings, field, message) => {
    const refusal = await refusalOf(client.gate({ ...settings, tasks }));
    expect(refusal.fields).toEqual([field]);
    expect(refusal.message).toMatch(message);
  });
});

describe('a request that is wrong', () => {
  const good = createTask('stop', { signs: 2 });

  it('has every bad field named at once', async () => {
    const refusal = await refusalOf(
      client.gate({
        level: 0.5,
        policy: 9 as Policy,
        tasks: [
          {
            ...good,
            task: '',
            classes: ['a', 'a'],
            labels: [...good.labels.slice(1), 2],
            referencePredictions: [0],
            candidatePredictions: [...good.candidatePredictions.slice(1), 7],
            groups: ['x', ''],
            tolerance: -0.1,
            referenceLoss: Number.NaN,
            candidateLoss: Number.POSITIVE_INFINITY,
            target: true,
          },
        ],
      }),
    );
    expect(refusal.kind).toBe('invalid');
    expect(refusal.fields).toEqual([
      'level',
      'policy',
      'tasks',
      'tasks[0].task',
      'tasks[0].classes',
      'tasks[0].labels',
      'tasks[0].reference_predictions',
      'tasks[0].candidate_predictions',
      'tasks[0].groups',
      'tasks[0].groups',
      'tasks[0].tolerance',
      'tasks[0].reference_loss',
      'tasks[0].candidate_loss',
    ]);
    expect(refusal.message).toMatch(/^Gate is invalid: level must be in \(0, 0\.5\)/);
  });

  const long = 'n'.repeat(taskLimits.nameLengthMax + 1);
  const many = new Array<number>(taskLimits.examplesMax + 1).fill(0);
  const cases: [name: string, tasks: PairedPredictions[], field: string, message: RegExp][] = [
    ['has no task', [], 'tasks', /at least one task/],
    [
      'has a task without examples',
      [{ ...good, labels: [], referencePredictions: [], candidatePredictions: [], groups: [] }],
      'tasks[0].labels',
      /at least one example/,
    ],
    [
      'has one name twice',
      [good, createTask('yield', { signs: 1 }), good],
      'tasks[2].task',
      /'stop' is the name of tasks\[0\] too/,
    ],
    [
      'has a task without classes',
      [{ ...good, classes: [] }],
      'tasks[0].classes',
      /1 to 100000 classes/,
    ],
    [
      'has a label that is no class',
      [{ ...good, labels: good.labels.map(() => 3) }],
      'tasks[0].labels',
      /entry 0 is 3, but there are 3 classes/,
    ],
    [
      'has a tolerance above 1',
      [{ ...good, tolerance: 1.01 }],
      'tasks[0].tolerance',
      /must be in \[0, 1\], is 1\.01/,
    ],
    [
      'has a tolerance that is no number',
      [{ ...good, tolerance: Number.NaN }],
      'tasks[0].tolerance',
      /is NaN/,
    ],
    ['has a long name', [{ ...good, task: long }], 'tasks[0].task', /has 1001 characters/],
    [
      'has a long class',
      [{ ...good, classes: [...classes, long] }],
      'tasks[0].classes',
      /entry 3 has 1001 characters/,
    ],
    [
      'has too many tasks',
      new Array(taskLimits.tasksMax + 1).fill(good),
      'tasks',
      /has 4097 tasks/,
    ],
    ['has too many examples', [{ ...good, labels: many }], 'tasks', /has 1000001 examples in all/],
  ];
  it.each(cases)('%s', async (_, tasks, field, message) => {
    for (const call of [client.compare, client.gate]) {
      const refusal = await refusalOf(call({ tasks }));
      expect(refusal.kind).toBe('invalid');
      expect(refusal.fields).toContain(field);
      expect(refusal.message).toMatch(message);
    }
  });

  it('asks the gate to judge targets alone', async () => {
    const refusal = await refusalOf(client.gate({ tasks: [{ ...good, target: true }] }));
    expect(refusal.fields).toEqual(['tasks']);
    expect(refusal.message).toMatch(/at least one protected task/);
  });

  it.each([-0.1, 0, 0.5, 1, Number.NaN])('has level %f', async (level) => {
    expect((await refusalOf(client.compare({ tasks: [good], level }))).fields).toEqual(['level']);
  });
});

describe('claims of a gate', () => {
  const tasks = ['stop', 'yield', 'speed'].map((name) => createTask(name, { signs: 10 }));

  it('are judged beside the tasks; what was not claimed is told without a verdict', async () => {
    const response = await client.gate({ tasks, claims: [{ taskCount: 3, tolerance: 0.12 }] });
    expect(response.verdict).toBe(Verdict.VERDICT_RETAINED);
    const [two, together] = response.claims;
    expect(two).toMatchObject({
      taskCount: 2,
      together: false,
      tolerance: undefined,
      verdict: Verdict.VERDICT_UNSPECIFIED,
      isExact: true,
      confidence: [],
    });
    expect(two!.worstTasks).toHaveLength(2);
    expect(together).toMatchObject({
      taskCount: 3,
      together: true,
      tolerance: 0.12,
      verdict: Verdict.VERDICT_RETAINED,
    });
    // 30 groups without a flip.
    expect(together!.lowerBound).toBeCloseTo(-(1 - 0.05 ** (1 / 30)), 8);
    expect(together!.confidence.length).toBeGreaterThan(9);
    expect(response.sensitivity.map(({ rateRatio }) => rateRatio)).toEqual([1, 2, 3, 9]);
  });

  it('that do not hold withhold the release', async () => {
    const response = await client.gate({ tasks, claims: [{ taskCount: 2, tolerance: 0.1 }] });
    expect(response.verdict).toBe(Verdict.VERDICT_UNDECIDED);
    expect(response.reason).toMatch(/any 2 of the 3 protected tasks/);
  });

  it('that mean nothing are refused by name', async () => {
    const claims = [
      { taskCount: 1, tolerance: 0.1 },
      { taskCount: 2, tolerance: 1.5 },
      { taskCount: 2, tolerance: 0.1 },
      { taskCount: 4, tolerance: Number.NaN },
    ];
    const { fields } = await refusalOf(client.gate({ tasks, claims }));
    expect(fields).toEqual([
      'claims[0].task_count',
      'claims[1].tolerance',
      'claims[2].task_count',
      'claims[3].task_count',
      'claims[3].tolerance',
    ]);
  });
});
