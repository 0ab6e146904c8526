import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@holdfast/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExampleFolder, type ExampleFolder, examplePlan } from './test-support/example.js';
import { type Finished, startProgram } from './test-support/start-program.js';

const steps = 24;
const plan = `${examplePlan}heads: { enabled: true, rank: 4 }
`
  .replace('steps: 4', `steps: ${steps}, weightAverage: 0.9`)
  .replace('everySteps: 2', 'everySteps: 4');

/** What two runs of one plan must have in common, byte for byte. */
const results = [
  'metrics.jsonl',
  'verdict.json',
  'candidate/verdict.json',
  'candidate/model.safetensors',
  'candidate/heads.safetensors',
  'candidate/classifier.safetensors',
];

const hasEntry = (folder: string, name: RegExp) => async () =>
  (await readdir(folder).catch(() => [])).some((entry) => name.test(entry));

const hasText = (path: string, text: string) => async () =>
  (await readFile(path, 'utf8').catch(() => '')).includes(text);

/** Seeded, so that a failure can be had again. */
const random = createRandom(20241003);

describe('a run that kill -9 ends again and again', () => {
  let folder: ExampleFolder;
  let straight: Promise<Finished>;
  const at = (run: string, path: string) => join(folder.path, 'runs', run, path);
  beforeAll(async () => {
    folder = await createExampleFolder();
    await writeFile(join(folder.path, 'killed.yaml'), plan);
    const argv = ['run', 'killed.yaml', '--run-folder', 'runs/straight'];
    straight = startProgram(folder.path, argv).finished;
  });
  afterAll(() => folder.remove());

  /** Starts the program, and kills it when something is so. */
  async function kill(argv: readonly string[], isSo: () => Promise<boolean>): Promise<void> {
    const { child, finished } = startProgram(folder.path, argv);
    while (child.exitCode === null && !(await isSo())) await sleep(1);
    child.kill('SIGKILL');
    expect((await finished).code).toBeNull();
  }

  it('ends with the bytes of one that nothing stopped', async () => {
    const checkpoints = at('killed', 'checkpoints');
    const resume = ['resume', 'runs/killed'];
    const delayMs = random.integer(100);
    const isTraining = async () => {
      const began = await hasEntry(checkpoints, /^step-/)();
      if (began) await sleep(delayMs);
      return began;
    };
    await kill(['run', 'killed.yaml', '--run-folder', 'runs/killed'], isTraining);
    const writing = 4 * (3 + random.integer(3));
    const temporary = new RegExp(`^\\.step-0*${writing}\\..*\\.tmp$`);
    await kill(resume, hasEntry(checkpoints, temporary));
    await kill(resume, hasText(at('killed', 'journal.jsonl'), '"training.completed"'));
    await expect(readFile(at('killed', 'verdict.json'))).rejects.toThrow('ENOENT');
    const [resumed, whole] = await Promise.all([
      startProgram(folder.path, resume).finished,
      straight,
    ]);
    expect(resumed).toEqual({ ...whole, stdout: expect.any(String), stderr: expect.any(String) });
    for (const name of results) {
      const [killed, unharmed] = await Promise.all([
        readFile(at('killed', name)),
        readFile(at('straight', name)),
      ]);
      expect(killed.equals(unharmed), name).toBe(true);
    }
    const metrics = (await readFile(at('killed', 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(metrics.map((line) => JSON.parse(line).step)).toEqual([...Array(steps).keys()]);
    expect(await readdir(checkpoints)).not.toContainEqual(expect.stringMatching(/\.tmp$/));
  });
});
