// Replays rules that choose a candidate on what bench/choice-trajectories.mjs wrote (docs/results.md).
//
//   node bench/choice.mjs FOLDER [--cuts 40] [--tolerance 0.15] [--groups 3,5,10] [--every 90] [--test]
//
// For each seed, many times: of each class's groups of steering and validation data, none of which trained, a few
// steer and the others are held out. A rule sees the steering groups; the gate judges what it chose on the
// others. Prints for each rule how often the gate released, the change of accuracy on the held-out groups, and
// the regret: how much less was gained by release than by the best candidate in hindsight.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { comparePaired } from '@holdfast/metrics';
import { createRandom } from '@holdfast/random';
import { weighChange } from '@holdfast/release-gate';
import { measureTask, rankVersions } from '@holdfast/selection';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cuts: { type: 'string', default: '40' },
    tolerance: { type: 'string', default: '0.15' },
    groups: { type: 'string', default: '3,5,10' },
    every: { type: 'string', default: '90' },
    test: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error('usage: node bench/choice.mjs FOLDER [--cuts 40] [--groups 3,5,10]');
  process.exit(1);
}
const level = 0.05;
const tolerance = Number(values.tolerance);

/** The rule of 0.1.0's first plans: no protected class below zero, then the largest gain. */
function chooseByPoints(versions) {
  const worst = (version) => Math.min(...version.tasks.map((task) => task.change));
  const feasible = versions.filter((version) => worst(version) >= 0);
  const best = feasible.sort(
    (a, b) => b.targetChange - a.targetChange || worst(b) - worst(a) || a.alpha - b.alpha,
  )[0];
  return best ?? { ...chooseLastAverage(versions), infeasible: true };
}

function chooseLastAverage(versions) {
  const averages = versions.filter((version) => version.average && version.alpha === 1);
  return averages.reduce((a, b) => (b.step > a.step ? b : a));
}

function chooseByEvidence(versions) {
  const [first] = rankVersions(versions, { level, tasks: versions[0].design });
  return { ...first.version, infeasible: first.regressed.length > 0 };
}

/** What no rule can know: of those that the gate releases the one of the largest gain. */
function chooseInHindsight(versions) {
  const value = (v) => (v.held.released ? 10 + v.held.gain : v.held.worst);
  return versions.reduce((a, b) => (value(b) > value(a) ? b : a));
}

const rules = {
  'point estimates': chooseByPoints,
  'last average': chooseLastAverage,
  evidence: chooseByEvidence,
  hindsight: chooseInHindsight,
};

function readSeed(file) {
  const seed = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const rows = new Map();
  for (const [i, [label, group, role]] of seed.samples.entries()) {
    const key = role === 'test' ? 'test' : 'pool';
    const name = `${key}:${label}`;
    if (!rows.has(name)) rows.set(name, new Map());
    const groups = rows.get(name);
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(i);
  }
  return { ...seed, rows };
}

function compare(seed, candidate, rows) {
  return comparePaired({
    labels: rows.map((i) => seed.samples[i][0]),
    reference: rows.map((i) => seed.reference[i]),
    candidate: rows.map((i) => candidate.predictions[i]),
    groups: rows.map((i) => seed.samples[i][1]),
  });
}

function cutGroups(seed, groupCount, cut) {
  const steering = [];
  const held = [];
  for (const [k] of seed.classes.entries()) {
    const groups = [...seed.rows.get(`pool:${k}`).values()];
    createRandom(cut, k).shuffle(groups);
    steering.push(groups.slice(0, groupCount).flat());
    held.push(groups.slice(groupCount));
  }
  return { steering, held };
}

function measureVersions(seed, groupCount, cut) {
  const { steering, held } = cutGroups(seed, groupCount, cut);
  const target = seed.classes.indexOf(seed.target);
  const tasks = seed.classes.flatMap((_, k) => (k === target ? [] : [k]));
  return seed.candidates
    .filter(({ step }) => step % Number(values.every) === 0)
    .map((candidate) => {
      const changes = tasks.map((k) => compare(seed, candidate, held[k].flat()));
      const lost = changes.map((comparison) => comparison.accuracyChange);
      return {
        ...{ step: candidate.step, average: candidate.average, alpha: candidate.alpha, candidate },
        targetChange: compare(seed, candidate, steering[target]).accuracyChange,
        tasks: tasks.map((k) =>
          measureTask({ comparison: compare(seed, candidate, steering[k]) }, -tolerance),
        ),
        design: tasks.map((k) => ({ tolerance, validationGroups: held[k].length })),
        held: {
          gain: compare(seed, candidate, held[target].flat()).accuracyChange,
          worst: Math.min(...lost),
          released: changes.every((c) => weighChange(c, 0).wouldRetain({ tolerance, level }, 1)),
        },
      };
    });
}

function readTest(seed, candidate) {
  const target = seed.classes.indexOf(seed.target);
  const changes = seed.classes.map(
    (_, k) =>
      compare(seed, candidate, [...seed.rows.get(`test:${k}`).values()].flat()).accuracyChange,
  );
  return { gain: changes[target], worst: Math.min(...changes.filter((_, k) => k !== target)) };
}

const points = (x) => `${x >= 0 ? '+' : ''}${(100 * x).toFixed(1)}`;
const mean = (xs) => xs.reduce((a, b) => a + b, 0) / xs.length;
const seeds = readdirSync(folder)
  .filter((file) => /^seed-\d+\.json$/.test(file))
  .map(readSeed);
const header = ['groups a class', 'rule', 'no candidate', 'released', 'target', 'worst protected'];
const columns = [
  ...header,
  'lowest tenth of worst',
  'regret',
  ...(values.test ? ['test: target', 'worst'] : []),
];
console.log(`| ${columns.join(' | ')} |\n|${columns.map(() => '---').join('|')}|`);
for (const groupCount of values.groups.split(',').map(Number)) {
  const results = Object.fromEntries(Object.keys(rules).map((name) => [name, []]));
  for (const seed of seeds) {
    for (let cut = 0; cut < Number(values.cuts); cut += 1) {
      const versions = measureVersions(seed, groupCount, cut);
      const best = chooseInHindsight(versions);
      for (const [name, choose] of Object.entries(rules)) {
        const chosen = choose([...versions]);
        const isReleased = chosen.held.released && !chosen.infeasible;
        const value = (held, released) => (released ? held.gain : 0);
        results[name].push({
          ...chosen.held,
          infeasible: chosen.infeasible === true,
          isReleased,
          regret: value(best.held, best.held.released) - value(chosen.held, isReleased),
          test: values.test ? readTest(seed, chosen.candidate) : undefined,
        });
      }
    }
  }
  for (const [name, rows] of Object.entries(results)) {
    const worst = rows.map((row) => row.worst).sort((a, b) => a - b);
    const cells = [
      ...[groupCount, name],
      `${(100 * mean(rows.map((row) => Number(row.infeasible)))).toFixed(0)} %`,
      `${(100 * mean(rows.map((row) => Number(row.isReleased)))).toFixed(0)} %`,
      points(mean(rows.map((row) => row.gain))),
      points(mean(worst)),
      points(worst[Math.floor(worst.length / 10)]),
      (100 * mean(rows.map((row) => row.regret))).toFixed(1),
      ...(values.test
        ? [points(mean(rows.map((r) => r.test.gain))), points(mean(rows.map((r) => r.test.worst)))]
        : []),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
