// What a finished run left: the bits that no disturbance may change, and what its journal says of disturbances.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSafetensors } from '../../libs/safetensors/dist/index.js';
import { toFloat32Array } from '../../libs/tensor/dist/index.js';

function readLines(path) {
  return readFileSync(path, 'utf8').trim().split('\n').map(JSON.parse);
}

/** Bits of a run that its plan, data and seed decide; judgements are those that the ledger beside its data counts. */
export function readBits({ runPath, folder }) {
  const read = (path) => readFileSync(join(runPath, path));
  const verdict = read('verdict.json').toString();
  const metrics = read('metrics.jsonl').toString();
  const weights = read('candidate/model.safetensors');
  return {
    verdict,
    outcome: JSON.parse(verdict).outcome,
    metrics,
    steps: metrics
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).step),
    weights,
    judgements: countJudgements(folder),
  };
}

/** ||a - b|| / ||b|| of two files of weights, of the same layout. */
export function compareWeights(a, b) {
  const [mine, theirs] = [parseSafetensors(a), parseSafetensors(b)];
  let difference = 0;
  let norm = 0;
  for (const [name, { data }] of theirs.tensors) {
    const expected = toFloat32Array(data);
    const found = toFloat32Array(mine.tensors.get(name).data);
    for (let i = 0; i < expected.length; i += 1) {
      difference += (found[i] - expected[i]) ** 2;
      norm += expected[i] ** 2;
    }
  }
  return Math.sqrt(difference / norm);
}

/** Judgements that a ledger has: one that was entered twice would count twice. */
function countJudgements(folder) {
  const lines = readLines(join(folder, 'holdfast-ledger.jsonl'));
  return lines.filter(({ event }) => event === 'judgement').length;
}

/** How often a run was opened again, by whom, and how many steps it took twice. */
export function readJournal(runPath) {
  const entries = readLines(join(runPath, 'journal.jsonl'));
  const of = (event) => entries.filter((entry) => entry.event === event);
  const recovered = of('run.recovered');
  const again = [...recovered, ...of('run.resumed')];
  return {
    recoveries: recovered.length,
    waitedForRoom: recovered.filter(({ reason }) => reason.startsWith('no room')).length,
    restarts: of('run.started').length - 1,
    joined: of('replica.joined').length,
    left: of('replica.left').length,
    stepsRepeated: again.reduce((sum, { stepsRepeated = 0 }) => sum + stepsRepeated, 0),
  };
}
