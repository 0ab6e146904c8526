// What labels for less than a whole pool cost: prints the tables of "Fewer labels" in docs/statistics.md (a minute).
// Run after `npx tsc -b`:
//   node libs/labelling/scripts/measure-labels.mjs
import { comparePaired } from '@holdfast/metrics';
import { createRandom } from '@holdfast/random';
import { estimateChange } from '@holdfast/release-gate';
import { countLabels, queueLabels } from '../dist/index.js';

const classCount = 10;
const level = 0.05;
/** As countPool of the command line shares it. */
const checksShare = 0.1;

/**
 * A pool of independent images: both models answer alike on all but the given shares; where they agree they are
 * right in 93 of 100.
 */
function drawPool(random, { imagesPerClass, lost, won, otherwise }) {
  const other = (label) => (label + 1 + random.integer(classCount - 1)) % classCount;
  return Array.from({ length: classCount * imagesPerClass }, (_, i) => {
    const label = Math.floor(i / imagesPerClass);
    const wrong = other(label);
    const draw = random.uniform();
    const group = String(i);
    if (draw < lost) return { group, label, reference: label, candidate: wrong };
    if (draw < lost + won) return { group, label, reference: wrong, candidate: label };
    if (draw < lost + won + otherwise) {
      const second = (wrong + 1) % classCount;
      return { group, label, reference: wrong, candidate: second === label ? wrong : second };
    }
    const answer = random.uniform() < 0.93 ? label : wrong;
    return { group, label, reference: answer, candidate: answer };
  });
}

function boundClass(images, count, classIndex, verdictLevel) {
  const rows = count.images.filter((image) => image.classIndex === classIndex);
  const comparison = comparePaired({
    labels: rows.map(() => classIndex),
    reference: rows.map(({ place }) => images[place].reference),
    candidate: rows.map(({ place }) => images[place].candidate),
    ...(count.unlabelled > 0 && {
      missing: { largestGroup: count.classes[classIndex].largestGroup },
    }),
  });
  return estimateChange(comparison, { level: verdictLevel, seed: 0 }).lowerBound;
}

/** Labels asked for, and the bound of the first class with them. */
function measure(images, checksMax) {
  const asked = new Set(queueLabels(images, { classCount, checksMax }).map(({ place }) => place));
  const known = images.map((image, place) =>
    asked.has(place) ? image : { ...image, label: undefined },
  );
  const count = countLabels(known, { classCount, checksMax, level: checksShare * level });
  const left = count.unlabelled > 0 ? (1 - checksShare) * level : level;
  return { asked: asked.size, bound: boundClass(known, count, 0, left) };
}

const print = (line) => process.stdout.write(`${line}\n`);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (value) => `${(100 * value).toFixed(1)} %`;
const points = (value) => (100 * value).toFixed(1);
const checks = [30, 60, 120, 300];

print('Labels asked for, of all, and the mean lower bound of one class in points (100 runs):\n');
print(
  `| images a class | answered otherwise | all labels | ${checks.map((c) => `${c} checks a class`).join(' | ')} |`,
);
print(`|---|---|---|${checks.map(() => '---|').join('')}`);
for (const [imagesPerClass, lost, won, otherwise] of [
  [300, 0.01, 0.01, 0.04],
  [1000, 0, 0, 0],
  [1000, 0.005, 0.005, 0.02],
  [1000, 0.01, 0.01, 0.04],
  [1000, 0.02, 0.02, 0.08],
  [5000, 0.01, 0.01, 0.04],
]) {
  const runs = Array.from({ length: imagesPerClass > 1000 ? 20 : 100 }, (_, run) =>
    drawPool(createRandom(7, run), { imagesPerClass, lost, won, otherwise }),
  );
  const all = mean(runs.map((images) => measure(images, images.length).bound));
  const cells = checks.map((count) => {
    const measured = runs.map((images) => measure(images, count));
    const asked = mean(measured.map((m) => m.asked)) / (classCount * imagesPerClass);
    return `${share(asked)}: ${points(mean(measured.map((m) => m.bound)))}`;
  });
  const disagreement = mean(
    runs.map((images) => mean(images.map((image) => Number(image.reference !== image.candidate)))),
  );
  print(`| ${imagesPerClass} | ${share(disagreement)} | ${points(all)} | ${cells.join(' | ')} |`);
}

const rounds = 4000;
print(
  `\nShare of runs that retain a class that lost exactly its tolerance (${rounds} runs, 60 checks a class):\n`,
);
print('| images a class | tolerance | all labels | the labels asked for |');
print('|---|---|---|---|');
for (const [imagesPerClass, tolerance] of [
  [100, 0.05],
  [300, 0.03],
]) {
  let [whole, partly] = [0, 0];
  for (let run = 0; run < rounds; run += 1) {
    const rates = { imagesPerClass, lost: tolerance + 0.01, won: 0.01, otherwise: 0.03 };
    const images = drawPool(createRandom(11, run), rates);
    if (measure(images, images.length).bound >= -tolerance) whole += 1;
    if (measure(images, 60).bound >= -tolerance) partly += 1;
  }
  print(
    `| ${imagesPerClass} | ${tolerance} | ${share(whole / rounds)} | ${share(partly / rounds)} |`,
  );
}
