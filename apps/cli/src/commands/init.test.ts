import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder, modelPath } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

describe('holdfast init and plan check', () => {
  let folder: ExampleFolder;
  beforeEach(async () => {
    folder = await createExampleFolder();
    await rm(join(folder.path, 'plan.yaml'));
  });
  afterEach(() => folder.remove());

  async function run(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(argv, terminal);
    return { code, ...terminal.written };
  }

  const init = ['init', '--model', modelPath, '--data', 'images'];

  it('writes a plan that its own check finds good', async () => {
    const { code, output } = await run(...init, '--target', 'speed limit 80');
    expect(code).toBe(0);
    expect(output).toContain('plan.yaml: improve speed limit 80, protect 2 classes, 48 images');
    expect(output).toMatch(/\nnote: 'no passing' has .*\nnote: 'road work' has .*\nNext: /);
    const text = await readFile(join(folder.path, 'plan.yaml'), 'utf8');
    expect(text).toMatch(/a tolerance of 0\.\d+ at the least\.\n {2}tolerance: 0\.05\n/);
    expect(text).toContain('class: speed limit 80');
    expect(text).toContain('root: images');
    const check = await run('plan', 'check', 'plan.yaml');
    expect(check).toMatchObject({ code: 0, progress: expect.not.stringContaining('error') });
    // Five images of a class decide nothing at the default tolerance, and the check says so.
    expect(check.output).toContain('plan.yaml can run, but the data decide little: see the notes.');
    expect(check.output).toMatch(
      /note: 'no passing' has \d validation images: even a model that did not change could not .* within 5\.0 points; \d+ images could/,
    );
    expect(check.output).toContain('protected   no passing, road work');
    expect(check.output).toMatch(/images +target +negative +protected +steering +validation\n/);
  });

  it('takes the first class where none is named, and says so', async () => {
    const { output } = await run(...init, '--output', 'plans.yaml');
    expect(output).toContain('improve no passing (the first class; change it if it is not)');
  });

  it('names paths from the folder of the plan', async () => {
    await mkdir(join(folder.path, 'plans'));
    await writeFile(
      join(folder.path, 'images.csv'),
      ['path,label']
        .concat(
          Array.from({ length: 16 }, (_, i) => `road work/${i}.png,works`),
          Array.from({ length: 16 }, (_, i) => `no passing/${i}.png,passing`),
        )
        .join('\n'),
    );
    const manifest = ['--manifest', 'images.csv', '--output', 'plans/a.yaml'];
    expect((await run(...init, ...manifest, '--target', 'works')).code).toBe(0);
    const text = await readFile(join(folder.path, 'plans/a.yaml'), 'utf8');
    expect(text).toContain('manifest: ../images.csv');
    expect(text).toContain('root: ../images');
    expect(await run('plan', 'check', 'plans/a.yaml')).toMatchObject({ code: 0 });
  });

  it('never writes over a plan', async () => {
    await writeFile(join(folder.path, 'plan.yaml'), 'mine');
    expect(await run(...init)).toMatchObject({
      code: 1,
      progress: 'error: plan.yaml exists; remove it or name another with --output\n',
    });
    expect(await readFile(join(folder.path, 'plan.yaml'), 'utf8')).toBe('mine');
  });

  it.each([
    [
      ['--target', 'fog'],
      '--target: images has no class "fog"; its classes are no passing, road work, speed limit 80',
    ],
    [
      ['--target', 'road_work'],
      '--target: images has no class "road_work"; did you mean "road work"?',
    ],
    [['--manifest', 'x.csv'], '--target is needed with --manifest'],
    [['--data', 'nothing'], '--data: there is no folder nothing; name the folder that holds'],
    [['--data', 'notes.txt'], '--data: notes.txt is a file; name the folder that holds'],
    [['--data', 'images/road work'], '--data: images/road work has no folders of images'],
    [['--model', 'images'], 'config.json'],
  ])('says what is wrong with %j', async (argv, message) => {
    await writeFile(join(folder.path, 'notes.txt'), 'no folder');
    const { code, progress } = await run(...init, ...argv);
    expect(code).toBe(1);
    expect(progress).toContain(message);
    await expect(readFile(join(folder.path, 'plan.yaml'))).rejects.toThrow('ENOENT');
  });

  it('names the place where the plan cannot be written, before it reads the data', async () => {
    await writeFile(join(folder.path, 'notes.txt'), 'no folder');
    const missing = await run(...init, '--output', 'plans/a.yaml');
    expect(missing).toMatchObject({
      code: 1,
      progress: `error: the plan cannot be written: there is no folder ${join(folder.path, 'plans')}: make it, or give --output\n`,
    });
    const file = await run(...init, '--output', 'notes.txt/a.yaml');
    expect(file.progress).toContain(`${join(folder.path, 'notes.txt')} is not a folder`);
  });

  it('counts a link to a class folder among the classes', async () => {
    await mkdir(join(folder.path, 'images/.store'));
    await cp(join(folder.path, 'images/road work'), join(folder.path, 'images/.store/a'), {
      recursive: true,
    });
    await rm(join(folder.path, 'images/road work'), { recursive: true });
    await symlink('.store/a', join(folder.path, 'images/road work'));
    const { code, output } = await run(...init, '--target', 'road work');
    expect(code).toBe(0);
    expect(output).toContain('improve road work, protect 2 classes, 48 images');
  });

  it('checks plan, model and data at once, with lines', async () => {
    await writeFile(
      join(folder.path, 'plan.yaml'),
      `model: nowhere
data: { root: images }
target: { class: speed limit 80 }
protected:
  - no passing
  - rode work
`,
    );
    const { code, progress } = await run('plan', 'check', 'plan.yaml');
    expect(code).toBe(1);
    expect(progress).toContain('plan.yaml, line 1: model: ');
    expect(progress).toContain('protected: line 4: no image');
    expect(progress).toContain('"rode work"');
  });

  it('refuses a plan whose gate could not judge a task', async () => {
    const rows = ['path,label,role'];
    for (const [label, roles] of [
      ['speed limit 80', ['target', 'validation']],
      ['no passing', ['protected', 'validation']],
      ['road work', ['protected', 'protected']],
    ] as const) {
      for (let i = 0; i < 16; i += 1) rows.push(`${label}/${i}.png,${label},${roles[i % 2]}`);
    }
    await writeFile(join(folder.path, 'images.csv'), rows.join('\n'));
    await writeFile(
      join(folder.path, 'plan.yaml'),
      `model: ${modelPath}
data: { root: images, manifest: images.csv }
target: { class: speed limit 80 }
`,
    );
    const { code, progress } = await run('plan', 'check', 'plan.yaml');
    expect(code).toBe(1);
    expect(progress).toContain('road work');
  });

  it('names every problem of a plan before it reads any data', async () => {
    await writeFile(join(folder.path, 'plan.yaml'), 'modle: x\ntarget: { class: { is: 80 } }\n');
    const { code, progress } = await run('plan', 'check', 'plan.yaml');
    expect(code).toBe(1);
    expect(progress).toBe(`error: plan.yaml:
  line 1: model is required
  line 1: data is required
  line 2: target.class must be a text, or a list of texts, is a mapping
  line 1: modle is not a key of the plan; did you mean model?
`);
  });

  it.each([
    ['no.yaml', 'error: no.yaml: no such plan; `holdfast init` writes one\n'],
    ['images', 'error: images is a folder; name the plan in it\n'],
  ])('says that %s is no plan', async (name, message) => {
    expect(await run('plan', 'check', name)).toMatchObject({ code: 1, progress: message });
  });
});
