import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import {
  createExampleFolder,
  type ExampleFolder,
  examplePlan,
  modelPath,
} from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { startProgram } from '../test-support/start-program.js';

/** Any candidate is released, heads and all: rounds are what is tested here. */
const plan = `# Round after round.
${examplePlan
  .replace('steps: 4', 'steps: 2')
  .replace('gate: { ', 'gate: { tolerance: 1, ')
  .replace('alphas: [1]', 'alphas: [1], margin: -1')}heads: { enabled: true, rank: 2 }
protected:
  - no passing # hard to see
  - road work
`;

describe('holdfast next', () => {
  let folder: ExampleFolder;
  beforeAll(async () => {
    folder = await createExampleFolder();
    await writeFile(join(folder.path, 'plan.yaml'), plan);
    await train('plan.yaml', 'runs/1');
  }, 240_000);
  afterAll(() => folder.remove());

  async function run(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(argv, terminal);
    return { code, ...terminal.written };
  }
  /** Runs a plan, which is released. */
  async function train(plan: string, folderOfRun: string) {
    const argv = ['run', plan, '--run-folder', folderOfRun];
    const { code, stderr } = await startProgram(folder.path, argv).finished;
    expect(code, stderr).toBe(0);
  }
  const at = (name: string) => join(folder.path, name);
  const readVerdict = async (name: string) =>
    JSON.parse(await readFile(at(`runs/${name}/verdict.json`), 'utf8'));

  it('writes plans that run, round after round, each from what the last released', async () => {
    const second = await run('next', 'runs/1', '--target', 'road work');
    expect(second).toMatchObject({ code: 0, progress: expect.not.stringContaining('error') });
    const text = await readFile(at('plan.round-2.yaml'), 'utf8');
    expect(text).toContain('# Round after round.');
    expect(text).toMatch(/protected:\n {2}- no passing # hard to see\n {2}- speed limit 80\n/);
    expect(second.output).toMatch(
      /ledger: .* judged once; they may judge 3 candidates, each at 1\/4/,
    );
    await train('plan.round-2.yaml', 'runs/2');

    const third = await run('next', 'runs/2/candidate', '--target', 'no passing', '--json');
    const document = JSON.parse(third.output);
    const [one, two] = [await readVerdict('1'), await readVerdict('2')];
    expect(document).toMatchObject({
      schema: 'holdfast.next/1',
      plan: 'plan.round-3.yaml',
      // As the plan names models: by an absolute path.
      model: at('runs/2/candidate'),
      target: 'no passing',
      gap: null,
      ledger: { judgements: 2, judgementsMax: 4, left: 2, mayJudge: true },
      rounds: [
        { run: 'runs/1', target: 'speed limit 80', outcome: 'RETAINED', sinceFirst: null },
        { run: 'runs/2', target: 'road work', gain: two.target[0].accuracyChange },
      ],
    });
    // Round 2 started from the weights of round 1, heads included, and was held against round 0.
    expect(two.reference.sha256).toBe(one.candidate.sha256);
    expect(two.first.sha256).toBe(one.reference.sha256);
    const accuracies = (verdict: typeof one, side: string) =>
      Object.fromEntries(
        [...verdict.target, ...verdict.protected].map((task) => [task.task, task[side]]),
      );
    expect(accuracies(two, 'referenceAccuracy')).toEqual(accuracies(one, 'candidateAccuracy'));
    const next = await readFile(at('plan.round-3.yaml'), 'utf8');
    expect(next).toContain('class: no passing');
    expect(next).toMatch(/protected:\n {2}- speed limit 80\n {2}- road work\n/);
    expect(next).toContain('firstModel: ');
  }, 240_000);

  it('ends the table with why older rounds are not known', async () => {
    const origin = await readFile(at('runs/1/origin.json'));
    await rm(at('runs/1/origin.json'));
    try {
      const argv = ['next', 'runs/2', '--target', 'no passing', '--output', 'gap.yaml'];
      const { code, output } = await run(...argv);
      expect(code).toBe(0);
      expect(output).toMatch(
        /runs\/2 .* RELEASED\nRounds before these are not known: .*runs\/1\/candidate was judged, but/,
      );
    } finally {
      await writeFile(at('runs/1/origin.json'), origin);
    }
  });

  it('says what to do where the images may not judge again, and takes new ones', async () => {
    const ledger = at('images/holdfast-ledger.jsonl');
    const kept = await readFile(ledger, 'utf8');
    await writeFile(ledger, kept.replaceAll(/"level":[\d.e-]+/g, '"level":0.05'));
    try {
      const argv = ['next', 'runs/1', '--target', 'no passing', '--output', 'spent.yaml'];
      const { code, output } = await run(...argv);
      expect(code).toBe(0);
      expect(output).toContain('they may judge not another candidate');
      expect(output).toContain('name new images with --manifest');
    } finally {
      await writeFile(ledger, kept);
    }
    const rows = ['speed limit 80', 'no passing', 'road work'].flatMap((label) =>
      Array.from({ length: 16 }, (_, i) => `${label}/${i}.png,${label}`),
    );
    await writeFile(at('new.csv'), ['path,label', ...rows].join('\n'));
    const more = ['--manifest', 'new.csv', '--output', 'new.yaml'];
    expect(await run('next', 'runs/1', '--target', 'road work', ...more)).toMatchObject({
      code: 0,
    });
    expect(await readFile(at('new.yaml'), 'utf8')).toContain('manifest: new.csv');
  });

  it('refuses images that trained an earlier round, as gate and plan check do', async () => {
    const samples = await readFile(at('runs/1/samples.csv'), 'utf8');
    const trained = samples.match(/speed limit 80\/\d+\.png(?=.*,target)/)![0];
    const rows = ['speed limit 80', 'no passing', 'road work'].flatMap((label) =>
      Array.from({ length: 16 }, (_, i) => {
        const role = ['protected', 'steering', 'validation'][i % 3]!;
        const path = `${label}/${i}.png`;
        return `${path},${label},${path === trained ? 'validation' : role}`;
      }),
    );
    await writeFile(at('dealt.csv'), ['path,label,role', ...rows].join('\n'));
    const dealt = ['--manifest', 'dealt.csv', '--output', 'dealt.yaml'];
    const { code, progress } = await run('next', 'runs/1', '--target', 'road work', ...dealt);
    expect(code).toBe(1);
    expect(progress).toMatch(/of the images that judge trained the model, .*runs\/1\. Let them/);
    await expect(readFile(at('dealt.yaml'))).rejects.toThrow('ENOENT');
    const text = plan.replace('root: images', 'root: images, manifest: dealt.csv');
    await writeFile(at('dealt.yaml'), text);
    const gate = ['gate', modelPath, 'runs/1/candidate', '--tasks', 'dealt.yaml'];
    expect((await run(...gate)).progress).toContain('trained the model');
    await writeFile(at('dealt.yaml'), text.replace(modelPath, 'runs/1/candidate'));
    const check = ['plan', 'check', 'dealt.yaml', '--fast'];
    expect((await run(...check)).progress).toContain('trained the model');
  }, 240_000);

  it.each([
    [
      ['runs/2', '--target', 'road wrok', '--output', 'a.yaml'],
      'no image has the label "road wrok"',
    ],
    [['runs/1', '--target', 'road work'], 'plan.round-2.yaml exists; remove it or name another'],
    [['runs/1', '--target', 'road work', '--output', 'a/b.yaml'], 'name a file in that folder'],
    [['runs/none', '--target', 'road work'], 'runs/none holds no judged candidate'],
    [['runs/1', '--target', 'road work', '--manifest', 'no.csv', '--output', 'a.yaml'], 'no.csv'],
  ])('refuses %j', async (argv, message) => {
    const { code, progress } = await run('next', ...argv);
    expect(code).toBe(1);
    expect(progress).toContain(message);
    await expect(readFile(at('a.yaml'))).rejects.toThrow('ENOENT');
  });

  it('refuses what was not released, and weights that were not judged', async () => {
    const refuse = async (name: string, change: (text: string) => string) => {
      const path = at(`runs/1/candidate/${name}`);
      const kept = await readFile(path, 'latin1');
      await writeFile(path, change(kept), 'latin1');
      const { progress } = await run(
        'next',
        'runs/1',
        '--target',
        'road work',
        '--output',
        'a.yaml',
      );
      await writeFile(path, kept, 'latin1');
      return progress;
    };
    const undecided = (text: string) => text.replace('"RETAINED"', '"UNDECIDED"');
    expect(await refuse('verdict.json', undecided)).toMatch(
      /^error: runs\/1 was not released \(UNDECIDED\): .*last released run/,
    );
    const flip = (bytes: string) => `${bytes.slice(0, -4)}\0\0\0\0`;
    expect(await refuse('model.safetensors', flip)).toContain('are not those that were judged');
  });
});
