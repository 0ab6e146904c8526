import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packTar } from '@holdfast/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder, examplePlan } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { startProgram } from '../test-support/start-program.js';

const pointer = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
`;

describe('holdfast plan check', () => {
  let folder: ExampleFolder;
  const at = (name: string) => join(folder.path, name);
  beforeEach(async () => {
    folder = await createExampleFolder(8);
  });
  afterEach(() => folder.remove());

  async function check(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(['plan', 'check', 'plan.yaml', ...argv], terminal);
    return { code, ...terminal.written };
  }
  const skip = () =>
    writeFile(
      at('plan.yaml'),
      examplePlan.replace('root: images', 'root: images, onBadImage: skip'),
    );

  it('decodes every image, and names those that cannot be read, with what they are', async () => {
    await writeFile(at('images/road work/3.png'), pointer);
    await writeFile(at('images/no passing/0.png'), '');
    const { code, output, progress } = await check();
    expect(code).toBe(1);
    expect(output).toBe('');
    expect(progress).toContain('decoding images');
    expect(progress).toContain(
      '2 images cannot be used; replace what is named here, or leave it out',
    );
    expect(progress).toContain('no passing/0.png: is empty (0 bytes)');
    expect(progress).toMatch(/road work\/3\.png: it is a Git LFS pointer.*run "git lfs pull"/);
  });

  it('decodes the images of archives, and says where one is cut off', async () => {
    vi.stubEnv('XDG_CACHE_HOME', at('cache'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const files: Record<string, string | Uint8Array> = {};
    for (const name of await readdir(at('images'), { recursive: true })) {
      if (!name.endsWith('.png')) continue;
      files[name] = name === 'no passing/0.png' ? '' : await readFile(at(`images/${name}`));
      files[name.replace(/png$/, 'cls')] = name.split('/')[0]!;
    }
    await writeFile(at('a.tar'), packTar(files));
    const plan = examplePlan.replace('{ root: images }', '{ archives: a.tar }');
    await writeFile(at('plan.yaml'), plan);
    const { code, progress } = await check();
    expect(code).toBe(1);
    expect(progress).toContain('a.tar/no passing/0.png: is empty (0 bytes)');
    await writeFile(at('a.tar'), packTar(files).subarray(0, 5000));
    const cut = await check('--fast');
    expect(cut.code).toBe(1);
    expect(cut.progress).toMatch(/a\.tar ends at byte 5000.*it was cut off: copy it again/);
  });

  it("tries constraints of the user's own", async () => {
    const own = `${examplePlan}constraints: { modules: [{ module: mine.mjs }] }\n`;
    const write = (body: string) =>
      writeFile(at('mine.mjs'), `export default { estimate: (tf, { images }) => ${body} };\n`);
    await writeFile(at('plan.yaml'), own);
    await write('images.square().mean()');
    const good = await check('--fast');
    expect(good.code).toBe(0);
    expect(good.output).toMatch(
      /note: mine\.mjs, a constraint of your own, takes .* images and \d+ texts on TensorFlow\.js/,
    );
    await write('tf.scalar(NaN)');
    const bad = await check('--fast');
    expect(bad.code).toBe(1);
    expect(bad.progress).toMatch(/constraints\.modules\[0\]\.module: line \d+: .*mine\.mjs/);
  });

  it('looks into no image with --fast, and says so', async () => {
    await writeFile(at('images/road work/3.png'), pointer);
    const { code, output } = await check('--fast');
    expect(code).toBe(0);
    expect(output).toContain('note: the images were not decoded (--fast)');
    expect(await readdir(folder.path)).not.toContain('runs');
  });

  it('leaves out what cannot be read where the plan says so, and counts it', async () => {
    await skip();
    await writeFile(at('images/road work/3.png'), pointer);
    const { code, output } = await check();
    expect(code).toBe(0);
    expect(output).toMatch(
      /note: 1 image could not be read and is left out: road work\/3\.png \(it is a Git LFS/,
    );
  });

  it('refuses a class of which too little is left, as a run would', async () => {
    await skip();
    for (let i = 0; i < 8; i += 1) await writeFile(at(`images/road work/${i}.png`), `broken ${i}`);
    const { code, progress } = await check();
    expect(code).toBe(1);
    expect(progress).toContain('no readable image of "road work" has the role protected');
  });

  it('keeps its pixels where a run finds them', async () => {
    expect((await check()).code).toBe(0);
    const list = async () =>
      (await readdir(at('runs/.cache'))).filter((name) => name.endsWith('.pixels'));
    const kept = await list();
    expect(kept).toHaveLength(1);
    // Other pixels in their place show that the run takes these.
    const path = at(`runs/.cache/${kept[0]}`);
    const blank = Buffer.alloc((await readFile(path)).length);
    await writeFile(path, blank);
    const { code } = await startProgram(folder.path, ['run', 'plan.yaml']).finished;
    expect(code).toBe(2);
    expect(await list()).toEqual(kept);
    expect(Buffer.compare(await readFile(path), blank)).toBe(0);
  });

  it('decodes many images in threads, with the same pixels and messages', async () => {
    const many = await createExampleFolder(70);
    try {
      await writeFile(join(many.path, 'images/road work/3.png'), pointer);
      const terminal = createFakeTerminal({ cwd: many.path });
      expect(await runCli(['plan', 'check', 'plan.yaml'], terminal)).toBe(1);
      expect(terminal.written.progress).toContain('1 image cannot be used');
      expect(terminal.written.progress).toContain('road work/3.png: it is a Git LFS pointer');
    } finally {
      await many.remove();
    }
  });

  it('works where nothing can be written', async () => {
    await writeFile(at('runs'), 'a file where the folder would be');
    expect((await check()).code).toBe(0);
    await rm(at('runs'));
  });
});
