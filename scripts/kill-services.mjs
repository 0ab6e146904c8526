// Kills the five services at seeded moments while they work on runs, and holds every run against an undisturbed one.
//
//   node scripts/kill-services.mjs [--kills 20] [--seed 1] [--encoders 1] [--kinds two|all|KIND,KIND]   # 200 take about a quarter of an hour
//
// Needs a built repository. The seed decides which service, how and after what time; the machine's speed decides where in
// its work that meets it. Two kinds: kill -9, and SIGSTOP for a while. All: also SIGSTOP for good, until a supervisor kills it; its
// connections swallow everything for a while, and are cut; the newest checkpoint is damaged and the optimizer killed; the disk of
// runs, data and ledger is full for a while, one time in two with a service killed meanwhile. Such a disk is mounted; where that is
// not allowed, the kind is left out and said to be, or refused with HOLDFAST_REQUIRE_TOOLS=1. Nobody helps a run: clients wait, the
// controller opens runs again, and one that is killed is started again with `--resume interrupted`. With several encoders the weights are compared to 1e-6 a step. Prints a table; exits with 1 if a run is lost, or anything is doubled or wrong.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { isFault } from '../libs/fault/dist/index.js';
import { createRandom } from '../libs/random/dist/index.js';
import { createRemoteClient } from '../libs/service-kit/dist/index.js';
import {
  ControllerServiceDefinition,
  RunState,
} from '../proto/dist/holdfast/controller/v1/controller.js';
import { createSmallPlan } from '../services/controller/dist/test-support/small-run.js';
import { startProxy } from './kill-services/cuttable-proxy.mjs';
import { damageNewestCheckpoint } from './kill-services/damage-checkpoint.mjs';
import { compareWeights, readBits, readJournal } from './kill-services/read-run.mjs';
import { startService } from './kill-services/service-process.mjs';
import { mountSmallDisk } from './kill-services/small-disk.mjs';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    encoders: { type: 'string', default: '1' },
    kinds: { type: 'string', default: 'two' },
  },
});
const killsMax = Number(values.kills);
const random = createRandom(Number(values.seed));
const between = (from, to) => from + (to - from) * random.uniform();

const trainingSteps = 24;
/** A run that takes no end in this time is lost. */
const runMaxMs = 600_000;
const encoders = ['encoder'];
for (let i = 2; i <= Number(values.encoders); i += 1) encoders.push(`encoder-${i}`);
const names = [...encoders, 'constraint', 'optimizer', 'evaluator', 'controller'];
const ended = new Set(
  ['COMPLETED', 'FAILED', 'CANCELLED'].map((name) => RunState[`RUN_STATE_${name}`]),
);

const work = mkdtempSync(join(tmpdir(), 'holdfast-kill-'));
const services = new Map();
/** Ways from the controller to the others, by service. */
const proxies = new Map();
const kinds = listKinds(values.kinds);
/** What runs, data and ledger lie on. */
const disk = kinds.includes('full') ? mountSmallDisk(join(work, 'disk'), 256) : undefined;
if (disk?.reason !== undefined) {
  if (process.env.HOLDFAST_REQUIRE_TOOLS === '1') throw new Error(`cannot mount: ${disk.reason}`);
  console.log(`no disk is filled, for none can be mounted here: ${disk.reason}`);
  kinds.splice(kinds.indexOf('full'), 1);
}
// Where plans and their ledgers are made.
if (kinds.includes('full')) process.env.TMPDIR = join(work, 'disk');
const counts = new Map(
  names.map((name) => [name, Object.fromEntries([...kinds, 'killed'].map((kind) => [kind, 0]))]),
);
const stages = new Map();
let disturbances = 0;
/** The largest relative difference of the weights, where encoders come and go. */
let furthest = 0;
/** Services in the order in which they are disturbed next: each once before any comes twice. */
const deck = [];
/** Kinds beside kill -9, in the order in which they come next. */
const kindDeck = [];
/** The state of the run as it was last seen, and its folder. */
let state = RunState.RUN_STATE_UNSPECIFIED;
let folderNow = '';

/** The kinds that a name or a list stands for. */
function listKinds(text) {
  const all = ['killed', 'frozen', 'hung', 'cut', 'damaged', 'full'];
  const chosen = { all, two: all.slice(0, 2) }[text] ?? text.split(',');
  const unknown = chosen.find((kind) => !all.includes(kind));
  if (unknown === undefined) return [...chosen];
  throw new Error(`--kinds ${unknown} is none of ${all.join(', ')}`);
}

async function startAll() {
  const engines = { ROOTS: '/', THREADS: '1', IMAGE_WORKERS: '1' };
  const alone = { constraint: {}, optimizer: { ROOTS: '/' }, evaluator: {} };
  for (const name of encoders) alone[name] = engines;
  for (const [name, settings] of Object.entries(alone)) {
    services.set(name, await startService(name, { settings, logFolder: work }));
    proxies.set(name, await startProxy(services.get(name).address));
  }
  const addressOf = (name) => proxies.get(name).address;
  const addresses = ['constraint', 'optimizer', 'evaluator'].map((name) => [
    `${name.toUpperCase()}_ADDRESS`,
    addressOf(name),
  ]);
  const settings = {
    ROOTS: '/',
    RUNS_PATH: join(work, 'disk', 'runs'),
    RESUME: 'interrupted',
    ...Object.fromEntries(addresses),
    ENCODER_ADDRESS: encoders.map(addressOf).join(),
  };
  services.set('controller', await startService('controller', { settings, logFolder: work }));
}

const writePlan = () =>
  createSmallPlan({ training: { steps: trainingSteps }, selection: { everySteps: 3 } });

/** Submits a run; where there is no room for it, who submits is told so, and asks again. */
async function submit(client, request) {
  for (;;) {
    try {
      return await client.submitRun(request);
    } catch (error) {
      if (!isFault(error) || error.kind !== 'disk-full') throw error;
      await delay(200);
    }
  }
}

/** Submits a run and waits for its end, whatever is killed meanwhile. */
async function runPlan(client, { folder, yaml }) {
  state = RunState.RUN_STATE_UNSPECIFIED;
  const { runId, runUri } = await submit(client, {
    requestId: randomUUID(),
    planYaml: yaml,
    planName: 'plan.yaml',
    baseUri: pathToFileURL(folder).href,
  });
  const runPath = fileURLToPath(runUri);
  folderNow = runPath;
  const until = Date.now() + runMaxMs;
  for (;;) {
    const { run } = await client.getRun({ runId });
    state = run.state;
    if (ended.has(run.state) || Date.now() > until) return { run, runPath, folder };
    await delay(50);
  }
}

function nameState(value) {
  const [name] = Object.entries(RunState).find(([, other]) => other === value);
  return name.replace('RUN_STATE_', '').replace('UNSPECIFIED', 'before its first answer');
}

/** The next of a deck of cards, which is shuffled anew when it is empty. */
function draw(cards, all) {
  if (cards.length === 0) {
    cards.push(...all);
    random.shuffle(cards);
  }
  return cards.pop();
}

/** What each kind does to a service; false where it cannot be done now. */
const disturb = {
  async killed(service, pauseMs) {
    await service.kill();
    await delay(pauseMs);
    await service.start();
  },
  async frozen(service, pauseMs) {
    service.freeze();
    await delay(pauseMs);
    service.thaw();
  },
  /** A supervisor finds out after a while that it hangs. */
  async hung(service, pauseMs) {
    service.freeze();
    await delay(5 * pauseMs);
    await service.kill();
    await service.start();
  },
  async cut({ name }, pauseMs) {
    const proxy = proxies.get(name);
    if (proxy === undefined) return false;
    proxy.deafen();
    await delay(pauseMs);
    proxy.cut();
  },
  async damaged(service, pauseMs) {
    if (!damageNewestCheckpoint(folderNow)) return false;
    await disturb.killed(service, pauseMs);
  },
  /** Up to ten seconds, filled again where something makes room; one time in two a service is killed meanwhile. */
  async full(service, pauseMs) {
    const left = between(0, 3);
    const kills = random.uniform() < 0.5;
    const until = Date.now() + 5 * pauseMs;
    disk.fill(left);
    if (kills) await disturb.killed(service, pauseMs);
    while (Date.now() < until) {
      disk.fill(left);
      await delay(50);
    }
    disk.free();
  },
};

/** Of two kinds a quarter is SIGSTOP; of all, half is kill -9, and of the others each comes once before any comes twice. */
function drawKind() {
  if (values.kinds === 'two') return random.uniform() < 0.25 ? 'frozen' : 'killed';
  const others = kinds.filter((kind) => kind !== 'killed');
  const isKilled = kinds.includes('killed') && random.uniform() < 0.5;
  return isKilled || others.length === 0 ? 'killed' : draw(kindDeck, others);
}

/** Disturbs one service; in a way that is not possible now, by kill -9. */
async function disturbOne() {
  const drawn = draw(deck, names);
  const kind = drawKind();
  const name = kind === 'damaged' ? 'optimizer' : drawn;
  const pauseMs = between(0, 2000);
  const stage = nameState(state);
  stages.set(stage, (stages.get(stage) ?? 0) + 1);
  disturbances += 1;
  const service = services.get(name);
  const isDone = (await disturb[kind](service, pauseMs)) !== false;
  if (!isDone) await disturb.killed(service, pauseMs);
  counts.get(name)[isDone ? kind : 'killed'] += 1;
}

/** Between two disturbances, however slow the machine is. */
const calmMaxMs = 4000;

/** Disturbs until there are enough disturbances, a tenth to one time of an undisturbed run apart. */
async function disturbUntil(signal, calmMs) {
  while (!signal.aborted && disturbances < killsMax) {
    await delay(between(0.1, 1) * Math.min(calmMs, calmMaxMs), undefined, { signal }).catch(
      () => {},
    );
    if (!signal.aborted) await disturbOne();
  }
}

/** What is wrong with a run, in words; nothing where it is as the undisturbed one. */
function compare(found, expected) {
  const { run, runPath } = found;
  if (run.state !== RunState.RUN_STATE_COMPLETED) {
    return [`lost: ${nameState(run.state)} ${run.failure?.message ?? run.reason}`];
  }
  const bits = readBits(found);
  if (encoders.length > 1) return compareNearly(found, bits, expected);
  const wrong = Object.keys(expected).filter((key) => !isDeepStrictEqual(bits[key], expected[key]));
  return wrong.map((key) => `${key === 'judgements' ? 'doubled' : 'wrong'}: ${key} of ${runPath}`);
}

/** With several encoders, who took part changes the last bits of a step. */
function compareNearly({ runPath }, bits, expected) {
  const difference = compareWeights(bits.weights, expected.weights);
  furthest = Math.max(furthest, difference);
  const problems = [];
  if (!(difference < 1e-6 * trainingSteps))
    problems.push(`wrong: weights of ${runPath} by ${difference}`);
  for (const key of ['outcome', 'steps']) {
    if (!isDeepStrictEqual(bits[key], expected[key])) problems.push(`wrong: ${key} of ${runPath}`);
  }
  if (bits.judgements !== expected.judgements) problems.push(`doubled: judgements of ${runPath}`);
  return problems;
}

function printTable(totals, problems) {
  console.log(`| service | ${kinds.join(' | ')} |\n|---|${'---|'.repeat(kinds.length)}`);
  for (const [name, found] of counts) {
    console.log(`| ${name} | ${kinds.map((kind) => found[kind]).join(' | ')} |`);
  }
  const where = [...stages].map(([stage, count]) => `${stage} ${count}`).join(', ');
  console.log(`\nruns ${totals.runs}, disturbances ${disturbances} (${where})`);
  console.log(
    `recoveries ${totals.recoveries} (${totals.waitedForRoom} after a full disk), controllers started again ${totals.restarts}, steps taken again ${totals.stepsRepeated}`,
  );
  if (encoders.length > 1) {
    console.log(
      `encoders joined ${totals.joined}, left ${totals.left}; weights differ by at most ${furthest}`,
    );
  }
  const count = (kind) => problems.filter((problem) => problem.startsWith(kind)).length;
  console.log(`lost ${count('lost')}, doubled ${count('doubled')}, wrong ${count('wrong')}`);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const began = Date.now();
await startAll();
const { client, close } = createRemoteClient(ControllerServiceDefinition, {
  address: services.get('controller').address,
});
const problems = [];
try {
  const submitted = Date.now();
  const calm = await runPlan(client, await writePlan());
  const calmMs = Date.now() - submitted;
  if (calm.run.state !== RunState.RUN_STATE_COMPLETED)
    throw new Error('the undisturbed run failed');
  const expected = readBits(calm);
  console.log(`undisturbed: ${(calmMs / 1000).toFixed(1)} s`);
  const totals = {
    ...{ runs: 0, recoveries: 0, restarts: 0, stepsRepeated: 0 },
    ...{ joined: 0, left: 0, waitedForRoom: 0 },
  };
  while (disturbances < killsMax) {
    const plan = await writePlan();
    const over = new AbortController();
    const disturbing = disturbUntil(over.signal, calmMs);
    const found = await runPlan(client, plan).finally(() => over.abort());
    await disturbing;
    const journal = readJournal(found.runPath);
    totals.runs += 1;
    for (const key of Object.keys(journal)) totals[key] += journal[key];
    const wrong = compare(found, expected);
    problems.push(...wrong);
    const story = `${journal.recoveries} recoveries, ${journal.restarts} restarts, ${journal.stepsRepeated} steps again`;
    console.log(`run ${totals.runs}: ${disturbances} disturbances so far, ${story}`, ...wrong);
    rmSync(found.folder, { recursive: true });
    // Where it is as it should be, its room is for those to come.
    if (wrong.length === 0) rmSync(found.runPath, { recursive: true });
  }
  printTable(totals, problems);
} finally {
  close();
  for (const service of services.values()) await service.kill().catch(console.error);
}
console.log(`${((Date.now() - began) / 1000).toFixed(0)} s`);
if (kinds.includes('full'))
  disk.unmount(problems.length === 0 ? undefined : join(work, 'disk-kept'));
if (problems.length === 0) rmSync(work, { recursive: true });
else {
  console.error(`logs and runs: ${work}`);
  process.exitCode = 1;
}
