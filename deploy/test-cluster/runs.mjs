// The runs that the test compares: short plans that differ in nothing but where judgements are counted, and what came of them.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { data, kubectl, plannedSteps, root, run, say, start, tools, upgrade } from './cluster.mjs';

/** The run in one process, which the others are held against. */
const reference = 'alone';

export function writePlans(names) {
  cpSync(join(root, 'examples/gtsrb'), data, { recursive: true });
  mkdirSync(join(data, 'runs'));
  thinTestImages(join(data, 'manifest.csv'));
  const plan = readFileSync(join(data, 'plan.yaml'), 'utf8')
    .replace('steps: 900', `steps: ${plannedSteps}`)
    .replace('everySteps: 90', `everySteps: ${Math.ceil(plannedSteps / 6)}`);
  for (const name of [reference, ...names]) {
    const ledger = `ledger: runs/${name}-ledger.jsonl`;
    writeFileSync(join(data, `${name}.yaml`), plan.replace(/ledger: .*/, ledger));
  }
}

/** Leaves a sixth of the test images, which decide nothing: every run reads all, also each time that it is taken up again. */
function thinTestImages(manifest) {
  const rows = readFileSync(manifest, 'utf8').split('\n');
  const kept = rows.filter((row, index) => !row.endsWith(',test') || index % 6 === 0);
  writeFileSync(manifest, kept.join('\n'));
}

/** Starts the run in one process, which needs one processor while the node comes up, which waits more than it works. */
export function startAlone() {
  const folder = join(data, 'runs', `${reference}-1`);
  const plan = join(data, `${reference}.yaml`);
  const args = ['apps/cli/dist/main.js', 'run', plan, '--threads', '1', '--run-folder', folder];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' });
  const exit = once(child, 'exit');
  return {
    /** Waits for its verdict, and gives the data to the user of the pods. */
    async finish() {
      const [status] = await exit;
      if (status !== 0 && status !== 2) throw new Error('the run in one process failed');
      run('chown', '-R', '10001:10001', data);
      say('a run in one process has its verdict');
    },
  };
}

/** The folder of the run of a plan: `second-366fa97b`; of a job, whose runs are apart, `second/plan-366fa97b`. */
function findRun(name) {
  const pattern = new RegExp(`^(${name}-|${name}/(plan|${name})-)[0-9a-f]+$`);
  const runs = readdirSync(join(data, 'runs'), { recursive: true });
  return join(data, 'runs', runs.find((each) => pattern.test(each)) ?? '');
}

/** Images that each encoder embedded for a run, as its journal says when it has ended or was opened again. */
export function readShares(name) {
  const lines = readFileSync(join(findRun(name), 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const worked = lines.map((line) => JSON.parse(line)).filter(({ replicas }) => replicas);
  return worked.flatMap(({ replicas }) => replicas.map(({ images }) => images));
}

/** What a run computed: its steps, the hash of its candidate's weights, its verdict. */
function readResult(name) {
  const path = findRun(name);
  const weights = readFileSync(join(path, 'candidate/model.safetensors'));
  return {
    steps: readFileSync(join(path, 'metrics.jsonl'), 'utf8'),
    weights: createHash('sha256').update(weights).digest('hex'),
    verdict: JSON.parse(readFileSync(join(path, 'verdict.json'), 'utf8')).outcome,
  };
}

/** Holds what a run computed against the run in one process. */
export function expectSame(name, ...parts) {
  const [expected, actual] = [readResult(reference), readResult(name)];
  for (const part of parts) {
    if (actual[part] !== expected[part]) {
      throw new Error(`${part} of '${name}': other than in one process`);
    }
  }
  return actual;
}

/** How often a text stands in a file of a run; 0 before there is one. */
function count(name, file, text) {
  try {
    return readFileSync(join(findRun(name), file), 'utf8').split(text).length - 1;
  } catch {
    return 0;
  }
}

/** Steps that a run has taken. */
export const countSteps = (name) => count(name, 'metrics.jsonl', '\n');

/** How often something happened, as of a run's journal. */
export const countEvents = (name, event) => count(name, 'journal.jsonl', `"${event}"`);

/** Waits for something, at most five minutes. */
export async function until(what, holds) {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 3000) throw new Error(`it did not come: ${what}`);
    await sleep(100);
  }
}

/** Waits until a run has taken so many steps. */
export function untilStep(name, steps) {
  return until(`step ${steps} of '${name}'`, () => countSteps(name) >= steps);
}

/** Waits until a run has its verdict. */
export function untilVerdict(name) {
  return until(`the verdict of '${name}'`, () => {
    try {
      return readResult(name);
    } catch {
      return false;
    }
  });
}

/** `helm test`, which submits the plan of the values and waits for the verdict. */
export function test(name) {
  upgrade(`test.plan=/data/${name}.yaml`);
  const child = start(join(tools, 'helm'), 'test', 'holdfast', '--timeout', '9m');
  return new Promise((resolve, reject) => {
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`helm test of '${name}' failed`)),
    );
  });
}

/** Submits a plan by the controller's own command line, and waits for nothing. */
export function submit(name) {
  const command = ['holdfast', 'submit', `/data/${name}.yaml`];
  kubectl('exec', 'holdfast-controller-0', '--', ...command);
}
