// Measures what the gate's bounds hold and what they can show, and prints the tables of
// docs/statistics.md (some ten minutes). Run after `npx tsc -b`:
//   node libs/release-gate/scripts/measure-gate.mjs [table ...]
import { createRandom } from '@holdfast/random';
import { searchSets } from '../dist/claims/search-sets.js';
import { poolTasks, weighTask, weightings } from '../dist/claims/task-weighting.js';
import {
  gaffkeLowerBound,
  gaffkePValue,
  groupStandardError,
  listSubsetChanges,
  signFlipPValue,
  signFlipUpperBound,
  tangoLowerBound,
} from '../dist/index.js';
import { exactReleaseRate } from '../dist/test-support/exact-release-rate.js';
import { simulateGroups } from '../dist/test-support/simulate-flips.js';

const level = 0.05;
const groupSize = 10;
const runs = 4000;
const print = (line) => process.stdout.write(`${line}\n`);
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const points = (share) => (100 * share).toFixed(1);

/** Answers from memory where a simulation repeats itself: few flips have few outcomes. */
function remember(compute) {
  const answers = new Map();
  return (strata, ...rest) => {
    const key = `${JSON.stringify(strata)}|${rest.join()}`;
    if (!answers.has(key)) answers.set(key, compute(strata, ...rest));
    return answers.get(key);
  };
}

const mean = (strata) =>
  strata.reduce((sum, s) => sum + s.count * s.change, 0) /
  strata.reduce((sum, s) => sum + s.count * s.size, 0);
const groupsOf = (strata) => strata.reduce((sum, s) => sum + s.count, 0);
const isQuiet = (strata) => strata.every((s) => s.change === 0);
const negate = (strata) => strata.map((s) => ({ ...s, change: -s.change }));

/** Student's t at 0.95 (tables), for the CR2 bound. */
const studentT = { 7: 1.8946, 9: 1.8331, 11: 1.7959, 14: 1.7613, 19: 1.7291 };

// Each rule answers whether it would release: whether it excludes a drop beyond the tolerance.
const rules = {
  used: remember(
    (strata, tolerance) =>
      mean(strata) > -tolerance && gaffkePValue(strata, -tolerance) <= level + 1e-9,
  ),
  signFlip: remember((strata, tolerance) => {
    if (isQuiet(strata)) return zeroFlipTango(groupsOf(strata)) >= -tolerance;
    return signFlipPValue(listSubsetChanges(negate(strata), 0), tolerance) <= level + 1e-9;
  }),
  cr2: remember((strata, tolerance) => {
    if (isQuiet(strata)) return zeroFlipTango(groupsOf(strata)) >= -tolerance;
    const t = studentT[groupsOf(strata) - 1];
    return mean(strata) - t * groupStandardError(strata) >= -tolerance;
  }),
  // n scaled by a design effect of 1, which is what eight other tasks with single flips would give.
  pooled: remember((strata, tolerance) => {
    if (isQuiet(strata)) return zeroFlipTango(groupsOf(strata) * groupSize) >= -tolerance;
    return signFlipPValue(listSubsetChanges(negate(strata), 0), tolerance) <= level + 1e-9;
  }),
};

function zeroFlipTango(examples) {
  return tangoLowerBound({ examples, negativeFlips: 0, positiveFlips: 0 }, level);
}

const equalSizes = (groups) => new Array(groups).fill(groupSize);
const mixedSizes = (groups) => Array.from({ length: groups }, (_, i) => [4, 8, 16][i % 3]);
// Models whose true change is exactly -tolerance.
const scenarios = [
  ['rare drops, correlation 0.9', (t) => ({ clusteredLoss: t, correlation: 0.9 }), equalSizes],
  ['the same, groups of 4, 8 and 16', (t) => ({ clusteredLoss: t, correlation: 0.9 }), mixedSizes],
  ['whole groups lost, 1 % single flips each way', wholeAndSingle, equalSizes],
  ['whole groups lost, 5 % single gains', wholeAndGains, equalSizes],
  [
    'losses and gains, correlation 0.3',
    (t) => ({ clusteredLoss: t + 0.03, clusteredGain: 0.03, correlation: 0.3 }),
    equalSizes,
  ],
  ['the same loss in every group', (t) => ({ loss: t }), equalSizes],
];
function wholeAndSingle(t) {
  return { clusteredLoss: t, correlation: 1, loss: 0.01, gain: 0.01 };
}
function wholeAndGains(t) {
  // A lost group cannot gain: p whole losses leave (1 - p) 0.05 of gains.
  return { clusteredLoss: (t + 0.05) / 1.05, correlation: 1, gain: 0.05 };
}

function measureFalseReleases() {
  print('| true change = -tolerance | groups | tolerance | used | sign-flip | CR2, t | pooled |');
  print('|---|---|---|---|---|---|---|');
  scenarios.forEach(([name, model, sizes], scenario) => {
    for (const groups of [10, 15, 20]) {
      for (const tolerance of [0.05, 0.15, 0.3]) {
        const random = createRandom(1, scenario, groups, Math.round(tolerance * 100));
        const released = Object.fromEntries(Object.keys(rules).map((rule) => [rule, 0]));
        for (let run = 0; run < runs; run += 1) {
          const strata = simulateGroups(sizes(groups), model(tolerance), random);
          for (const rule in rules) if (rules[rule](strata, tolerance)) released[rule] += 1;
        }
        const rates = Object.values(released).map((count) => percent(count / runs));
        print(`| ${name} | ${groups} | ${tolerance} | ${rates.join(' | ')} |`);
      }
    }
  });
}

const lowerBound = remember((strata) => gaffkeLowerBound(strata, level));
const upperBound = remember((strata) => signFlipUpperBound(listSubsetChanges(strata, 0), level));

/** The tolerance that a share of the runs passes. */
function toleranceFor(bounds, share) {
  const sorted = bounds.map((bound) => -bound).sort((a, b) => a - b);
  return Math.max(0, sorted[Math.ceil(share * sorted.length) - 1]);
}

const unchanged = [
  ['0.5 % of images each way', { loss: 0.005, gain: 0.005 }],
  ['1 % each way', { loss: 0.01, gain: 0.01 }],
  ['2 % each way', { loss: 0.02, gain: 0.02 }],
  ['3 % each way, correlation 0.3', { clusteredLoss: 0.03, clusteredGain: 0.03, correlation: 0.3 }],
];

function measurePower() {
  print(
    `| groups of ten | no flip | ${unchanged.map(([name]) => name).join(' | ')} |\n|---|---|${'---|'.repeat(unchanged.length)}`,
  );
  for (const groups of [8, 10, 12, 15, 20, 25, 30, 45, 60, 90, 180]) {
    const cells = unchanged.map(([, model], index) => {
      const random = createRandom(2, index, groups);
      const bounds = Array.from({ length: runs }, () =>
        lowerBound(simulateGroups(equalSizes(groups), model, random)),
      );
      return `${points(toleranceFor(bounds, 0.8))} / ${points(toleranceFor(bounds, 0.8 ** (1 / 9)))}`;
    });
    print(`| ${groups} | ${points(1 - level ** (1 / groups))} | ${cells.join(' | ')} |`);
  }
}

function measureDetection() {
  print(
    '| groups of ten | tolerance | 20 points, evenly | 40, evenly | 40, whole groups | 60, whole groups | false: -tolerance in whole groups |',
  );
  print('|---|---|---|---|---|---|---|');
  for (const groups of [8, 10, 12, 20, 30]) {
    for (const tolerance of [0.05, 0.15]) {
      const models = [
        { clusteredLoss: 0.2, correlation: 0.1 },
        { clusteredLoss: 0.4, correlation: 0.1 },
        { clusteredLoss: 0.4, correlation: 0.9 },
        { clusteredLoss: 0.6, correlation: 0.9 },
        { clusteredLoss: tolerance, correlation: 0.9 },
      ];
      const shares = models.map((model, index) => {
        const random = createRandom(3, index, groups, Math.round(tolerance * 100));
        let named = 0;
        for (let run = 0; run < runs / 4; run += 1) {
          const strata = simulateGroups(equalSizes(groups), model, random);
          if (!isQuiet(strata) && upperBound(strata) < -tolerance) named += 1;
        }
        return percent(named / (runs / 4));
      });
      print(`| ${groups} | ${tolerance} | ${shares.join(' | ')} |`);
    }
  }
}

const flipRates = [0.005, 0.01, 0.02, 0.05];

/** The least tolerance, to a tenth of a point, that an unchanged model passes with a probability. */
function leastTolerance(examples, rate, probability) {
  const question = { examples, lossRate: rate, gainRate: rate, level };
  let [low, high] = [0, 1000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const passes = exactReleaseRate({ ...question, tolerance: middle / 1000 }) >= probability;
    if (passes) high = middle;
    else low = middle;
  }
  return high / 1000;
}

function measureIndependentPower() {
  const heads = flipRates.map((rate) => `${100 * rate} % each way`);
  print(`| examples | no flip | ${heads.join(' | ')} |\n|---|---|${'---|'.repeat(heads.length)}`);
  for (const examples of [100, 200, 300, 500, 1000, 2000]) {
    const cells = flipRates.map((rate) => {
      const one = leastTolerance(examples, rate, 0.8);
      return `${points(one)} / ${points(leastTolerance(examples, rate, 0.8 ** (1 / 9)))}`;
    });
    print(`| ${examples} | ${points(1 - level ** (1 / examples))} | ${cells.join(' | ')} |`);
  }
}

function measureIndependentFalseReleases() {
  const gains = [0, 0.001, 0.005, 0.01, 0.05];
  print(`| examples | tolerance | ${gains.map((g) => `gains ${100 * g} %`).join(' | ')} |`);
  print(`|---|---|${'---|'.repeat(gains.length)}`);
  for (const examples of [50, 100, 300, 1000]) {
    for (const tolerance of [0.02, 0.05, 0.1]) {
      const rates = gains.map((gainRate) => {
        const lossRate = gainRate + tolerance;
        return percent(exactReleaseRate({ examples, lossRate, gainRate, tolerance, level }));
      });
      print(`| ${examples} | ${tolerance} | ${rates.join(' | ')} |`);
    }
  }
}

/** The worst of many tolerances and rates of gains, extreme ones included. */
function measureIndependentWorst() {
  print('| examples | largest rate | at tolerance | at gains |\n|---|---|---|---|');
  for (const examples of [10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1000]) {
    let worst = { rate: 0, tolerance: 0, gainRate: 0 };
    for (const tolerance of [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3]) {
      for (const gainRate of [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3]) {
        const lossRate = gainRate + tolerance;
        const rate = exactReleaseRate({ examples, lossRate, gainRate, tolerance, level });
        if (rate > worst.rate) worst = { rate, tolerance, gainRate };
      }
    }
    print(`| ${examples} | ${percent(worst.rate)} | ${worst.tolerance} | ${worst.gainRate} |`);
  }
}

const claimRuns = 10_000;
const taskTotal = 9;

// Nine tasks whose worst mean over r tasks is exactly -tolerance: what task k does, where `lost` is the loss of
// the first that puts the mean there; what its number of groups has more than the others'.
const claimScenarios = [
  ['all loss in one task, whole groups', inFirst, () => 0],
  [
    'the same loss in each of the tasks, whole groups',
    ({ setSize, tolerance }) =>
      (k) =>
        k < setSize ? whole(tolerance) : {},
    () => 0,
  ],
  [
    'the same, and 1 % single flips each way',
    ({ lost }) =>
      (k) =>
        k === 0 ? wholeAndSingle(lost) : single,
    () => 0,
  ],
  [
    'the same, correlation 0.5 within a group',
    ({ lost }) =>
      (k) =>
        k === 0 ? { clusteredLoss: lost, correlation: 0.5 } : {},
    () => 0,
  ],
  [
    'all loss in the task with half as many groups',
    inFirst,
    (k, groups) => (k === 0 ? -Math.floor(groups / 2) : 0),
  ],
  [
    'all loss in the task with twice as many groups',
    inFirst,
    (k, groups) => (k === 0 ? groups : 0),
  ],
  ['all loss in one task, groups of 4, 8 and 16', inFirst, () => 0, mixedSizes],
];
const single = { loss: 0.01, gain: 0.01 };
function inFirst({ lost }) {
  return (k) => (k === 0 ? whole(lost) : {});
}
function whole(rate) {
  return { clusteredLoss: rate, correlation: 1 };
}

const claimCells = [
  [taskTotal, 10, 0.04],
  [taskTotal, 10, 0.08],
  [taskTotal, 25, 0.015],
  [taskTotal, 25, 0.04],
  [2, 10, 0.15],
  [2, 25, 0.06],
  [2, 25, 0.12],
  [3, 10, 0.1],
  [3, 25, 0.05],
  [3, 25, 0.1],
];

/** Whether a claim about any `setSize` tasks is found to hold: both means, every set. */
function isClaimHeld(tasks, setSize, tolerance) {
  return weightings.every((weighting) => {
    const weighed = tasks.map((strata) => weighTask(strata, weighting));
    // The set with the first task is the one at the limit; where it does not pass, no other is asked.
    const limit = poolTasks(weighed.slice(0, setSize));
    if (mean(limit) <= -tolerance || gaffkePValue(limit, -tolerance) > level) return false;
    if (setSize === weighed.length) return true;
    const question = { setSize, delta: -tolerance, level, evaluationsMax: 2000 };
    return searchSets(weighed, question) === 'none';
  });
}

/**
 * How often a claim is found to hold although the mean of some r tasks changed by exactly -tolerance,
 * whichever mean is at its limit: by tasks the first task loses r tolerance; by images the larger or
 * smaller share that its groups need.
 */
function measureClaims() {
  print(
    `| true loss | ${claimCells.map(([size, groups, tolerance]) => `${size === taskTotal ? 'together' : `any ${size}`}, ${groups} groups, ${tolerance}`).join(' | ')} |`,
  );
  print(`|---|${'---|'.repeat(claimCells.length)}`);
  claimScenarios.forEach(([name, model, extra, sizes = equalSizes], scenario) => {
    const cells = claimCells.map(([setSize, groups, tolerance]) => {
      const counts = Array.from({ length: taskTotal }, (_, k) => groups + extra(k, groups));
      const lost = findLimit(counts, setSize, tolerance);
      if (lost > 1) return '';
      const modelOf = model({ lost, setSize, tolerance });
      const random = createRandom(4, scenario, setSize, groups, Math.round(tolerance * 1000));
      const held = remember(([...tasks]) => isClaimHeld(tasks, setSize, tolerance));
      let count = 0;
      for (let run = 0; run < claimRuns; run += 1) {
        const tasks = counts.map((n, k) => simulateGroups(sizes(n), modelOf(k), random));
        if (held(tasks)) count += 1;
      }
      return percent(count / claimRuns);
    });
    print(`| ${name} | ${cells.join(' | ')} |`);
  });
}

/** The loss of the first task that puts the worse of the two means at -tolerance, others unchanged. */
function findLimit(counts, setSize, tolerance) {
  const others = counts
    .slice(1)
    .sort((a, b) => a - b)
    .slice(0, setSize - 1);
  const byImages = tolerance * (1 + others.reduce((sum, n) => sum + n, 0) / counts[0]);
  return Math.min(tolerance * setSize, byImages);
}

const tables = {
  'false-release': measureFalseReleases,
  'independent-false-release': measureIndependentFalseReleases,
  'independent-worst': measureIndependentWorst,
  power: measurePower,
  'independent-power': measureIndependentPower,
  detection: measureDetection,
  claims: measureClaims,
};
for (const name of process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(tables)) {
  print(`\n${name}\n`);
  tables[name]();
}
