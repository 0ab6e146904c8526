// What a user's module costs beside the built-in term of the same gradient: whole calls through its thread, each back
// end and the built-in in turn, medians of rounds.
//
//   node bench/term-modules.mjs [--rounds 5]
import { parseArgs } from 'node:util';
import { objectives } from '@holdfast/objectives';
import { drawUnitRows } from '@holdfast/tensor';
import { openTerm, tryBackEnd } from '@holdfast/term-modules';
import { bundleModule } from '@holdfast/term-modules/bundle';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const timeLimitMs = 120_000;

/** Pairs, captions and width: the demo's step, and batches of a CLIP of true size. */
const sizes = [
  { pairs: 154, captions: 10, columns: 64 },
  { pairs: 256, captions: 50, columns: 512 },
  { pairs: 1024, captions: 50, columns: 512 },
];

async function time(call) {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

const { source } = await bundleModule(
  new URL('../examples/terms/joint-contrast.ts', import.meta.url).pathname,
);
const works = [];
for (const name of ['tfjs-node-gpu', 'wasm', 'cpu']) {
  const trial = await tryBackEnd(name);
  if (trial.works) works.push(trial.backEnd);
  else console.log(`${name}: ${trial.reason}`);
}

for (const { pairs, captions, columns } of sizes) {
  const labels = Array.from({ length: pairs }, (_, i) => i % captions);
  const images = drawUnitRows(pairs, columns, 1, 0.5);
  const texts = drawUnitRows(captions, columns, 2, 0.5);
  const batch = { step: 0, images, texts, labels, positives: labels.map((label) => label === 0) };
  const state = { imageLogNormalizers: new Map(), textLogNormalizers: new Map() };
  const settings = {
    temperature: 0.1,
    movingAverage: 1,
    epsilon: 1e-12,
    excludeSameCaption: false,
  };
  const samples = labels.map((_, i) => i);
  const embeddings = { imageEmbeddings: images, textEmbeddings: texts };
  const calls = {
    'built in': async () =>
      objectives.joint.estimate(
        { ...embeddings, captions: labels, samples, positives: batch.positives },
        state,
        settings,
      ),
  };
  const terms = works.map((backEnd) => {
    const description = { name: 'joint-contrast.ts', kind: 'objective', source, options: {} };
    const term = openTerm({ ...description, temperature: 0.1, timeLimitMs }, backEnd.name);
    calls[backEnd.name] = () => term.evaluate(batch);
    return term;
  });
  const times = Object.fromEntries(Object.keys(calls).map((name) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, call] of Object.entries(calls)) {
      const ms = await time(call);
      // The first round warms up.
      if (round >= 0) times[name].push(ms);
    }
  }
  for (const [name, list] of Object.entries(times)) {
    const ratio = median(list.map((ms, i) => ms / times['built in'][i]));
    console.log(
      `${pairs} pairs, ${captions} captions, d ${columns}  ${name.padEnd(14)} ${median(list).toFixed(1)} ms  ${ratio.toFixed(2)}`,
    );
  }
  await Promise.all(terms.map((term) => term.close()));
}
