import { createPrompts, resolveTasks } from '@holdfast/evaluation';
import { planSchema } from '@holdfast/plan';
import { GateResponse, Verdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { fromMatrix } from '@holdfast/run-kit';
import { type Candidate, describeRunFolder, noProgress } from '@holdfast/run-store';
import { createMatrix } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import type { OpenRun } from '../run/open-run.js';
import { chooseCandidate } from './choose-candidate.js';

const { VERDICT_RETAINED, VERDICT_REGRESSED, VERDICT_UNDECIDED } = Verdict;
const classes = ['fifty', 'thirty'];

/** The version of a checkpoint that gained so much; steering data show a regression where told so. */
const measure = (step: number, targetChange: number, hasRegressed = false): Candidate => ({
  step,
  average: true,
  alpha: 1,
  targetChange,
  images: 20,
  tasks: [
    { change: 0, groups: 10, groupVariance: 0.01, regressionPValue: hasRegressed ? 1e-9 : 1 },
  ],
});

/** Each gained so much more than the one before that the last is first. */
const candidates = [measure(1, 0.05), measure(2, 0.2), measure(3, 0.4), measure(4, 0.6)];

interface Choosing {
  readonly candidatesMax?: number;
  readonly judgementsMax?: number;
  readonly known?: readonly Candidate[];
  /** Default: all. */
  readonly leaders?: readonly number[];
}

/** Shows candidates to a gate that answers as told, one after the other. */
async function choose(
  verdicts: readonly Verdict[],
  { candidatesMax = 3, judgementsMax = 1, known = candidates, leaders }: Choosing = {},
) {
  const plan = planSchema.parse({
    model: 'model',
    data: {},
    target: { class: 'thirty' },
    gate: { level: 0.06, candidatesMax, judgementsMax },
    constraints: { constraintTemperature: 0.05 },
  });
  const samples = classes.map((label, index) => ({
    index,
    label,
    group: label,
    roles: ['validation'],
  }));
  const answers = [...verdicts];
  const levels: (number | undefined)[] = [];
  const entered: number[] = [];
  const run = {
    runId: 'run',
    plan,
    folder: describeRunFolder('/run'),
    dataset: { samples },
    tasks: resolveTasks(plan, classes),
    prompts: createPrompts(plan, classes),
    headOf: () => -1,
    opened: { modelSha256: 'old' },
    judging: {
      data: { sha256: 'data' },
      gate: plan.gate,
      ledger: { enter: async ({ level }: { level: number }) => void entered.push(level) },
    },
    encoders: {
      receive: (parameters: object) => parameters,
      encode: async ({ images, texts }: { images?: { samples: number[] }; texts?: object }) => ({
        imageEmbeddings: images && fromMatrix(createMatrix(images.samples.length, 2)),
        textEmbeddings: texts && fromMatrix(createMatrix(classes.length, 2)),
      }),
    },
    clients: {
      optimizer: { prepareParameters: async () => ({ parameters: {} }) },
      evaluator: {
        async gate({ level }: { level?: number }) {
          levels.push(level);
          const verdict = answers.shift()!;
          const comparison = { task: 'fifty', accuracyChange: 0 };
          const tasks = [{ verdict, comparison, reason: 'So it was told.' }];
          return GateResponse.fromPartial({ verdict, reason: 'So it was told.', tasks });
        },
      },
    },
  } as unknown as OpenRun;
  const shown: number[] = [];
  const choice = await chooseCandidate(
    run,
    { ...noProgress, candidates: known, leaders: leaders ?? known.map(({ step }) => step) },
    {
      onJudged: async ({ step }) => void shown.push(step),
      signal: new AbortController().signal,
    },
  );
  return { choice, shown, levels, entered };
}

describe('the gate of a run', () => {
  it('is shown candidates in their order until it retains one, which is the outcome', async () => {
    const { choice, shown } = await choose([VERDICT_UNDECIDED, VERDICT_RETAINED]);
    expect(shown).toEqual([4, 3]);
    expect(choice).toMatchObject({ outcome: 'RETAINED', candidate: { step: 3 } });
    expect(choice.ranked.map(({ step, verdict }) => [step, verdict])).toEqual([
      [4, 'UNDECIDED'],
      [3, 'RETAINED'],
      [2, undefined],
      [1, undefined],
    ]);
  });

  it('is shown no other once the first is retained', async () => {
    const { choice, shown } = await choose([VERDICT_RETAINED]);
    expect(shown).toEqual([4]);
    expect(choice).toMatchObject({ outcome: 'RETAINED', candidate: { step: 4 }, level: 0.02 });
  });

  it('is shown so many at most, and of none retained the first says how it ends', async () => {
    const { choice, shown } = await choose([VERDICT_UNDECIDED, VERDICT_REGRESSED], {
      candidatesMax: 2,
    });
    expect(shown).toEqual([4, 3]);
    expect(choice).toMatchObject({ outcome: 'UNDECIDED', candidate: { step: 4 } });
  });

  it.each<[string, Choosing, number, number]>([
    ['as the plan allows', { candidatesMax: 3 }, 3, 0.02],
    ['as there are', { candidatesMax: 9 }, 4, 0.015],
    ['as lead', { leaders: [2, 1] }, 2, 0.03],
    ['as are feasible', { known: [...candidates.slice(1, 3), measure(4, 0.6, true)] }, 2, 0.03],
    ['as the plan allows, in each of several judgements', { judgementsMax: 4 }, 3, 0.005],
  ])('divides its level among as many %s', async (_, options, count, level) => {
    const undecided = new Array(count).fill(VERDICT_UNDECIDED);
    const { choice, levels, entered } = await choose(undecided, options);
    expect(choice.level).toBeCloseTo(level, 12);
    expect(levels).toEqual(new Array(count).fill(choice.level));
    expect(entered).toEqual(levels);
  });

  it('is shown no version of a checkpoint that does not lead', async () => {
    const { choice, shown } = await choose([VERDICT_UNDECIDED, VERDICT_UNDECIDED], {
      leaders: [1, 3],
    });
    expect(shown).toEqual([3, 1]);
    expect(choice.candidate.step).toBe(3);
    expect(choice.ranked.map(({ step }) => step)).toEqual([3, 1, 4, 2]);
  });

  it('may release none where steering data show a regression in all, whatever it finds', async () => {
    const known = [measure(1, 0.3, true), measure(2, 0.2, true)];
    const { choice, shown, levels, entered } = await choose([VERDICT_RETAINED], { known });
    expect(shown).toHaveLength(1);
    expect(levels).toEqual([0.06]);
    expect(entered).toEqual([]);
    expect(choice.outcome).toBe('NO_FEASIBLE_CANDIDATE');
    expect(choice.ranked.every(({ feasible }) => !feasible)).toBe(true);
  });
});
