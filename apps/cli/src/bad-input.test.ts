import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '@holdfast/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './create-program.js';
import {
  createExampleFolder,
  type ExampleFolder,
  examplePlan,
  modelPath,
} from './test-support/example.js';
import { createFakeTerminal } from './test-support/fake-terminal.js';
import { startProgram } from './test-support/start-program.js';

let folder: ExampleFolder;
const at = (name: string) => join(folder.path, name);
beforeEach(async () => {
  folder = await createExampleFolder(8);
});
afterEach(() => folder.remove());

/** Rewrites the example's plan. */
const plan = (edit: (text: string) => string) => writeFile(at('plan.yaml'), edit(examplePlan));

/** Makes the plan name a copy of the model, and changes that copy. */
async function changeModel(change: (path: string) => Promise<unknown>): Promise<void> {
  await cp(modelPath, at('model'), { recursive: true });
  await plan((text) => text.replace(modelPath, 'model'));
  await change(at('model'));
}

/** Makes the plan name a manifest: eight images a class, every second one for validation. */
async function useManifest(more: readonly string[], targetRole = 'target'): Promise<void> {
  const rows = ['speed limit 80', 'no passing', 'road work'].flatMap((label) =>
    Array.from({ length: 8 }, (_, i) => {
      const trains = label === 'speed limit 80' ? targetRole : 'protected';
      return `${label}/${i}.png,${label},${i % 2 === 0 ? trains : 'validation'}`;
    }),
  );
  await writeFile(at('rows.csv'), ['path,label,role', ...rows, ...more].join('\n'));
  await plan((text) => text.replace('root: images', 'root: images, manifest: rows.csv'));
}

async function widenConfig(path: string): Promise<void> {
  const config = JSON.parse(await readFile(join(path, 'config.json'), 'utf8'));
  config.vision_config.hidden_size *= 2;
  await writeFile(join(path, 'config.json'), JSON.stringify(config));
}

/** Makes the last number of a float32 file NaN. */
async function plantNaN(path: string): Promise<void> {
  const bytes = await readFile(join(path, 'model.safetensors'));
  bytes.writeFloatLE(Number.NaN, bytes.length - 4);
  await writeFile(join(path, 'model.safetensors'), bytes);
}

const lfsPointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 605143884\n`;

const run = ['run', 'plan.yaml', '--run-folder', 'run'];
const tasks = ['--tasks', 'plan.yaml'];

/** What is wrong, how it comes about, and what a person reads of it. */
const cases: readonly (readonly [
  name: string,
  setUp: () => Promise<unknown>,
  argv: readonly string[],
  messages: readonly (string | RegExp)[],
])[] = [
  // The model.
  [
    'a model that is not there',
    () => plan((text) => text.replace(modelPath, 'nowhere')),
    run,
    [
      /plan\.yaml: the model .*nowhere cannot be read \(ENOENT\); give the directory of a CLIP model/,
    ],
  ],
  [
    'a model without config.json',
    () => changeModel((path) => rm(join(path, 'config.json'))),
    run,
    [/model has no config\.json: it is not a complete CLIP directory/],
  ],
  [
    'a config.json that is not JSON',
    () => changeModel((path) => writeFile(join(path, 'config.json'), '{"a":')),
    run,
    [/model\/config\.json is not JSON: /],
  ],
  [
    'truncated weights',
    () => changeModel((path) => truncate(join(path, 'model.safetensors'), 100_000)),
    run,
    [/model\.safetensors: .* which has only 100000: the file is truncated\n$/],
  ],
  [
    'weights of other shapes than the configuration says',
    () => changeModel(widenConfig),
    run,
    [
      /the weights in .*model do not fit its configuration/,
      'vision_model.embeddings.class_embedding has shape [96], but the configuration says [192]',
      /\n {2}vision_model\..*: has shape \[96, 96\], but the configuration says \[192, 192\]\n/,
      /\n {2}and \d+ more\n$/,
    ],
  ],
  ...(
    [
      ['running', run],
      ['checking a plan', ['plan', 'check', 'plan.yaml']],
      ['evaluating', ['evaluate', 'model', ...tasks]],
      ['comparing', ['compare', modelPath, 'model', ...tasks]],
      ['judging', ['gate', 'model', modelPath, ...tasks]],
      ['planning', ['init', '--model', 'model', '--data', 'images', '--output', 'new.yaml']],
    ] as const
  ).map(
    ([doing, argv]) =>
      [
        `weights that are not finite, ${doing}`,
        () => changeModel(plantNaN),
        argv,
        [
          /model\/model\.safetensors cannot be used: [\w.]+\[[\d, ]+\] is NaN; every weight must be a finite number/,
        ],
      ] as const,
  ),
  [
    'a pointer of Git LFS in place of weights',
    () => changeModel((path) => writeFile(join(path, 'model.safetensors'), lfsPointer)),
    run,
    [/model\.safetensors is a pointer of Git LFS, not the file itself: run .*git lfs pull/],
  ],
  // The prompts.
  ...(
    [
      ['running', run],
      ['checking a plan', ['plan', 'check', 'plan.yaml']],
      ['comparing', ['compare', modelPath, modelPath, ...tasks]],
    ] as const
  ).map(
    ([doing, argv]) =>
      [
        `two classes of one name, ${doing}`,
        () => plan((text) => `${text}prompts: { classNames: { road work: No Passing } }\n`),
        argv,
        [
          /prompts\.templates\[0\]: line 8: gives one prompt to "no passing" \("a photo of a no passing\."\) and "road work" \("a photo of a No Passing\."\)/,
        ],
      ] as const,
  ),
  [
    'a name for a class that the data lack',
    () => plan((text) => `${text}prompts: { classNames: { road wrok: works } }\n`),
    ['plan', 'check', 'plan.yaml'],
    [/prompts\.classNames\["road wrok"\]: line 8: .*did you mean "road work"\?/],
  ],
  // The images.
  [
    'an image that cannot be read',
    () => writeFile(at('images/road work/3.png'), 'no image'),
    run,
    [
      '1 image cannot be used; replace what is named here, or leave it out with data.onBadImage: skip',
      'road work/3.png: it is not a JPEG, PNG, WebP',
    ],
  ],
  [
    'an image that is too large',
    () =>
      writeFile(
        at('images/road work/3.png'),
        encodePng(8001, 8000, new Uint8Array(3 * 64_008_000)),
      ),
    run,
    ['road work/3.png: it has more than 64000000 pixels'],
  ],
  [
    'a class without images',
    () => mkdir(at('images/empty')),
    run,
    [/images cannot be used\n {2}empty: has no images; add some, or remove the folder\n/],
  ],
  [
    'a protected class without images',
    () => plan((text) => `${text}protected: [road work, fog]\n`),
    run,
    ['protected: line 8: no image has the label "fog"'],
  ],
  [
    'a target without positives',
    () => useManifest([], 'validation'),
    run,
    ['speed limit 80: has no image with the role target, so there is nothing to learn from'],
  ],
  [
    'a protected class that shares an image with the target',
    () => cp(at('images/speed limit 80/2.png'), at('images/road work/99.png')),
    run,
    [
      'is an exact copy of road work/99.png',
      'an image cannot be the target and something else, so remove one',
    ],
  ],
  ...(
    [
      ['above the data root', '../plan.yaml'],
      ['that is absolute', '/etc/hostname'],
    ] as const
  ).map(
    ([where, path]) =>
      [
        `an image ${where}`,
        () => useManifest([`${path},road work,protected`]),
        run,
        [/rows\.csv:26: .*(outside|absolute|\.\.)/],
      ] as const,
  ),
  [
    'an image that links out of the data root',
    () => symlink(at('plan.yaml'), at('images/road work/link.png')),
    run,
    [/road work\/link\.png lies outside .*images, where images must be/],
  ],
  // The plan.
  [
    'a plan with unknown keys',
    () => plan((text) => text.replace('steps:', 'step:').replace('alphas:', 'alpha:')),
    run,
    [
      /^error: plan\.yaml:\n/,
      'line 4: training.step is not a key of the plan; did you mean steps?\n',
      'line 5: selection.alpha is not a key of the plan; did you mean alphas?\n',
    ],
  ],
  ['a plan that is no YAML', () => plan(() => 'model: [a\ndata: }'), run, [/line 2: not YAML: /]],
  [
    'a plan that is empty',
    () => plan(() => ''),
    run,
    ['plan.yaml: the plan is empty; the command init writes one'],
  ],
  [
    'a plan that is not there',
    async () => {},
    ['run', 'fog.yaml'],
    ['error: fog.yaml: no such plan; `holdfast init` writes one\n'],
  ],
  // The run's folder.
  [
    'a run folder that holds something else',
    async () => {
      await mkdir(at('run'));
      await writeFile(at('run/thesis.txt'), '');
    },
    run,
    [/run is not empty; name a new folder for the run\n$/],
  ],
  [
    'a run folder that is a file',
    () => writeFile(at('run'), ''),
    run,
    [/run cannot be a run's folder: it is a file; name a new folder/],
  ],
  [
    'resuming what is no run',
    async () => {},
    ['resume', 'images'],
    [/images holds no run \(it has no origin\.json\); name the folder that/],
  ],
  [
    'resuming a run whose origin was edited',
    async () => {
      await mkdir(at('run'));
      await writeFile(at('run/plan.yaml'), examplePlan);
      await writeFile(at('run/origin.json'), '{');
    },
    ['resume', 'run'],
    [/run\/origin\.json is damaged; run the plan again in a new folder/],
  ],
  // Arguments.
  ['no plan', async () => {}, ['evaluate', modelPath], ["required option '--tasks <plan>'"]],
  [
    'a role of no data',
    async () => {},
    ['evaluate', modelPath, ...tasks, '--role', 'test'],
    ['plan.yaml: no image of its data has the role test'],
  ],
  [
    'a role that is none',
    async () => {},
    ['evaluate', modelPath, ...tasks, '--role', 'train'],
    ['Allowed choices are validation, steering, test'],
  ],
  [
    'one model',
    async () => {},
    ['compare', modelPath, ...tasks],
    ["missing required argument 'new'"],
  ],
  [
    'a second model that is none',
    async () => {},
    ['compare', modelPath, 'images', ...tasks],
    [/^error: .*images has no config\.json/],
  ],
  [
    'three models',
    async () => {},
    ['gate', modelPath, modelPath, modelPath, ...tasks],
    ["too many arguments for 'gate'"],
  ],
  [
    'a policy that is none',
    async () => {},
    ['gate', modelPath, modelPath, ...tasks, '--policy', 'lax'],
    ['Allowed choices are evidence, strict'],
  ],
  [
    'a provider that is not installed',
    async () => {},
    [...run, '--execution-provider', 'cuda'],
    [/the execution provider cuda does not work here: .*, or ask for cpu or auto\.\n$/],
  ],
  ['no destination', async () => {}, ['export', 'run'], ["required option '--to <folder>'"]],
  [
    'a candidate that is none',
    async () => {},
    ['export', 'images', '--to', 'model'],
    [/images holds no judged candidate; a run writes one when it completes/],
  ],
];

/** Commands whose failing process is watched; of the others the command line is called directly. */
const watched = new Set([
  'a model without config.json',
  'an image that cannot be read',
  'a protected class that shares an image with the target',
  'a plan with unknown keys',
  'a second model that is none',
]);

describe('bad input', () => {
  it.each(cases)('says what is wrong with %s, and leaves nothing behind', async (...input) => {
    const [name, setUp, argv, messages] = input;
    await setUp();
    const before = await readdir(folder.path);
    const { code, stdout, stderr } = await (watched.has(name) ? spawn : call)(argv);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const message = stderr.slice(stderr.indexOf('error: '));
    for (const part of messages) expect(message).toMatch(part);
    expect(message.match(/error: /g)).toHaveLength(1);
    expect(message).not.toMatch(/unexpected|HOLDFAST_DEBUG|\n +at /);
    expect(await readdir(folder.path)).toEqual(before);
  });

  const spawn = (argv: readonly string[]) => startProgram(folder.path, argv).finished;

  async function call(argv: readonly string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(argv, terminal);
    return { code, stdout: terminal.written.output, stderr: terminal.written.progress };
  }

  it('leaves out an image that cannot be read where the plan says so, and counts it', async () => {
    await plan((text) => text.replace('root: images', 'root: images, onBadImage: skip'));
    await writeFile(at('images/road work/3.png'), 'no image');
    const { code, stdout, stderr } = await call([...run, '--json']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'note: 1 image could not be read and is left out: road work/3.png (it',
    );
    expect(JSON.parse(stdout).data.unreadable).toBe(1);
    const report = await readFile(at('run/report.html'), 'utf8');
    expect(report).toContain('1 image left out: not readable');
  });

  it('says which term diverged, and keeps the folder of the run, whose journal says so, too', async () => {
    await plan((text) => text.replace('steps: 4', 'steps: 12, learningRate: 1e30'));
    const { code, stderr } = await call(run);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: .* of the objective.*diverged: lower the learning rate/);
    const journal = await readFile(at('run/journal.jsonl'), 'utf8');
    expect(journal).toMatch(/"run\.stopped".*diverged: lower the learning rate/);
    expect(await readdir(at('run'))).toContain('metrics.jsonl');
  });
});
