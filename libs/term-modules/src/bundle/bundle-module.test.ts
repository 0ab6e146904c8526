import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isFault } from '@holdfast/fault';
import { drawUnitRows } from '@holdfast/tensor';
import { afterEach, describe, expect, it } from 'vitest';
import { openModule } from '../test-support/open-module.js';
import { bundleModule } from './bundle-module.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Files in a folder of their own; answers the path of the first. */
function writeFiles(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-terms-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return join(folder, Object.keys(files)[0]!);
}

async function refusalOf(path: string): Promise<string> {
  const error = await bundleModule(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isFault(error)) throw new Error('the module was not refused', { cause: error });
  return `${error.kind}: ${error.message}`;
}

const typed = {
  'focal.ts': `import type * as TF from '@tensorflow/tfjs';
import { half } from './sums/half.js';

export default {
  estimate(tf: typeof TF, batch: { images: TF.Tensor2D }) {
    return batch.images.sum().mul(half(4));
  },
};
`,
  'sums/half.ts': `// A comment that is not in the bundle.
export function half(x: number): number {
  if (x > 3) throw new Error('too much');
  return x / 2;
}
`,
};

describe('bundleModule', () => {
  it('makes one text of TypeScript and what it imports, with the same hash wherever it lies', async () => {
    const [one, other] = [
      await bundleModule(writeFiles(typed)),
      await bundleModule(writeFiles(typed)),
    ];
    expect(one).toEqual(other);
    expect(one.name).toBe('focal.ts');
    expect(one.source).not.toMatch(/^import/m);
  });

  it("keeps the author's lines: an error names them", async () => {
    const { source, name } = await bundleModule(writeFiles(typed));
    const images = drawUnitRows(2, 3, 1, 0.5);
    const call = openModule({ source, name }).evaluate({
      step: 0,
      images,
      texts: images,
      labels: [0, 1],
    });
    await expect(call).rejects.toThrow('focal.ts (sums/half.ts:3:20): too much');
  });

  it.each([
    [
      'what is no TypeScript',
      { 'a.ts': 'export default {\n  estimate() { return = 3; }\n};' },
      /a\.ts:2:23: Unexpected token/,
    ],
    ['a missing import', { 'a.js': "import './b.js';" }, /Could not resolve '\.\/b\.js'/],
    [
      'TensorFlow.js itself',
      { 'a.js': "import * as tf from '@tensorflow/tfjs';\nexport default tf;" },
      /imports @tensorflow\/tfjs: use the tf that estimate is given/,
    ],
    [
      'modules of Node',
      { 'a.js': "import { readFileSync } from 'node:fs';\nexport default readFileSync;" },
      /imports node:fs: a term is a function of its batch alone/,
    ],
    ['other files', { 'a.json': '{}' }, /a\.json is no module/],
    [
      'more than 1 MiB',
      { 'a.js': `export default '${'x'.repeat(2 ** 20)}';` },
      /a\.js has \d+ bytes with its imports, 1048576 are allowed/,
    ],
  ])('refuses %s', async (_, files, message) => {
    expect(await refusalOf(writeFiles(files as Record<string, string>))).toMatch(message);
  });

  it('refuses imports from outside its roots', async () => {
    const other = writeFiles({ 'secret.js': 'export default 1;' });
    const file = writeFiles({ 'a.js': `import one from '${other}';\nexport default one;` });
    const roots = [dirname(file)];
    await expect(bundleModule(file, { roots })).rejects.toThrow(/secret\.js lies outside/);
    const bundled = await bundleModule(file, { roots: [...roots, dirname(other)] });
    expect(bundled).toEqual(await bundleModule(file));
  });

  it('refuses what is not there', async () => {
    expect(await refusalOf('/nowhere/focal.ts')).toBe(
      'not-found: there is no module /nowhere/focal.ts',
    );
  });
});
