// What a finished run left: the bits that no disturbance may change, and what its journal says of disturbances.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

function readLines(path) {
  return readFileSync(path, 'utf8').trim().split('\n').map(JSON.parse);
}

/** Bits of a run that its plan, data and seed decide; judgements are those that the ledger beside its data counts. */
export function readBits({ runPath, folder }) {
  const read = (path) => readFileSync(join(runPath, path));
  return {
    verdict: read('verdict.json').toString(),
    metrics: read('metrics.jsonl').toString(),
    candidate: createHash('sha256').update(read('candidate/model.safetensors')).digest('hex'),
    judgements: countJudgements(folder),
  };
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
    restarts: of('run.started').length - 1,
    stepsRepeated: again.reduce((sum, { stepsRepeated = 0 }) => sum + stepsRepeated, 0),
  };
}
