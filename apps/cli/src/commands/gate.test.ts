import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameCommand } from '../name-command.js';
import { type ExampleFolder, modelPath } from '../test-support/example.js';
import { plantRegression } from '../test-support/planted-model.js';
import { createSignsFolder } from '../test-support/signs.js';
import { startProgram } from '../test-support/start-program.js';

/** Another model of the same signs than the example's. */
const firstModel = fileURLToPath(
  new URL('../../../../libs/testing/golden/gtsrb-speed80', import.meta.url),
);

describe('holdfast gate', () => {
  let folder: ExampleFolder;
  beforeAll(async () => {
    folder = await createSignsFolder();
    await plantRegression({ model: modelPath, label: 'road work' }, join(folder.path, 'planted'));
  });
  afterAll(() => folder.remove());

  const gate = (...argv: string[]) =>
    startProgram(folder.path, ['gate', ...argv, '--tasks', 'plan.yaml']).finished;
  const header = async (name: string) => {
    const page = await readFile(join(folder.path, name), 'utf8');
    return page.slice(page.indexOf('<header'), page.indexOf('</header>'));
  };

  it('refuses a planted regression of one class, and names that class everywhere', async () => {
    const pair = [modelPath, 'planted', '--report', 'planted.html'];
    const { code, stdout } = await gate(...pair);
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^NOT RELEASED: REGRESSED\nNot released: 'road work' lost \d+\.\d points/,
    );
    expect(stdout).toMatch(/road work .* REGRESSED\n/);
    expect(stdout).toMatch(/no passing .* RETAINED\n/);
    expect(stdout).toContain('Loaded without its heads: Released:');
    expect(stdout).toMatch(/report {6}planted\.html\n$/);
    const firstScreen = await header('planted.html');
    expect(firstScreen).toContain('Regressed');
    expect(firstScreen).toContain('road work');
    const page = await readFile(join(folder.path, 'planted.html'), 'utf8');
    const command = `${nameCommand(process.env)} gate ${modelPath} planted --tasks plan.yaml`;
    expect(page).toContain(command);

    const inJob = ['--json', '--summary', 'gate/summary.md'];
    const json = JSON.parse((await gate(modelPath, 'planted', ...inJob)).stdout);
    const summary = await readFile(join(folder.path, 'gate/summary.md'), 'utf8');
    expect(summary).toMatch(/^## Holdfast gate: Not released\n\n\*\*REGRESSED\.\*\* /);
    expect(summary).toMatch(/^\| road work \| \d+\.\d % \| 0\.0 % \| .* \| regressed \|$/m);
    expect(json).toMatchObject({
      outcome: 'REGRESSED',
      reason: expect.stringContaining("'road work'"),
      protected: [
        { task: 'no passing', verdict: 'RETAINED', negativeFlips: 0 },
        { task: 'road work', verdict: 'REGRESSED', candidateAccuracy: 0 },
      ],
      withoutHeads: { outcome: 'RETAINED' },
    });
    expect(json.candidate.sha256).not.toBe(json.reference.sha256);
  });

  it('retains a model against itself under the strict policy, with no change anywhere', async () => {
    const strict = ['--policy', 'strict', '--report', 'same.html', '--json'];
    const { code, stdout } = await gate(modelPath, modelPath, ...strict);
    expect(code).toBe(0);
    const judged = JSON.parse(stdout);
    const unchanged = { accuracyChange: 0, lossChange: 0, negativeFlips: 0, positiveFlips: 0 };
    expect(judged).toMatchObject({
      outcome: 'RETAINED',
      devSafetyAccuracy: 0,
      devSafetyLoss: 0,
      target: [unchanged],
      protected: [unchanged, unchanged],
      withoutHeads: null,
    });
    expect(await header('same.html')).toContain('Retained');
  });

  it('counts judgements by the same images, and refuses the one that luck would pass', async () => {
    const ledger = join(folder.path, 'holdfast-ledger.jsonl');
    await rm(ledger, { force: true });
    const judged = await gate(modelPath, 'planted');
    expect(judged.stdout).toContain('This is judgement 1 by these validation images.');
    const again = await gate(modelPath, 'planted', '--json');
    expect(JSON.parse(again.stdout).ledger).toMatchObject({ judgements: 1, left: 0 });
    const itself = await gate('planted', 'planted', '--json');
    expect(JSON.parse(itself.stdout).ledger).toBeNull();
    const wider = await gate(modelPath, 'planted', '--tolerance', '0.9');
    expect(wider).toMatchObject({ code: 1, stdout: '' });
    expect(wider.stderr).toContain('these images have judged once already');
    const plan = ['plan', 'check', 'plan.yaml'];
    const check = await startProgram(folder.path, plan).finished;
    expect(check.stdout).toMatch(
      /ledger +these validation images judged once; they may judge not another/,
    );
    const text = await readFile(join(folder.path, 'plan.yaml'), 'utf8');
    await writeFile(join(folder.path, 'other.yaml'), `${text}seed: 1\n`);
    const other = await startProgram(folder.path, ['plan', 'check', 'other.yaml']).finished;
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('these images have judged once already');
  });

  it('shows pass or fail alone where it is sealed: one line, no figure in report, JSON or ledger', async () => {
    await rm(join(folder.path, 'holdfast-ledger.jsonl'), { force: true });
    const sealed = await gate(modelPath, 'planted', '--sealed', '--report', 'sealed.html');
    expect(sealed).toMatchObject({ code: 2, stdout: 'NOT RELEASED\n' });
    expect(sealed.stderr).not.toContain('road work');
    const page = await readFile(join(folder.path, 'sealed.html'), 'utf8');
    const ledger = await readFile(join(folder.path, 'holdfast-ledger.jsonl'), 'utf8');
    const again = await gate(modelPath, 'planted', '--sealed', '--json');
    const json = JSON.parse(again.stdout);
    expect(json).toMatchObject({ outcome: 'NOT_RELEASED', judgementsLeft: 0 });
    expect(page).toContain(json.candidate.sha256);
    for (const text of [page, ledger, again.stdout]) {
      expect(text).not.toMatch(/road work|REGRESSED|UNDECIDED|points/);
    }
  });

  it('judges against the first released model as if that were the old one, and watches unlabelled images', async () => {
    const pool = join(folder.path, 'pool');
    await cp(join(modelPath, '../images/test/road-work'), pool, { recursive: true });
    await writeFile(join(folder.path, 'texts.txt'), 'a road work sign.\na no passing sign.\n');
    const text = await readFile(join(folder.path, 'plan.yaml'), 'utf8');
    const plan = `${text.replace('gate: {', `gate: { ledger: own.jsonl, judgementsMax: 9, firstModel: ${firstModel},`)}
drift: { texts: texts.txt, images: pool, tolerance: 0.9 }
`;
    await writeFile(join(folder.path, 'rounds.yaml'), plan);
    const judge = async (...pair: string[]) => {
      const argv = ['gate', ...pair, '--tasks', 'rounds.yaml', '--report', 'rounds.html', '--json'];
      return JSON.parse((await startProgram(folder.path, argv).finished).stdout);
    };
    const judged = await judge(modelPath, 'planted');
    const direct = await judge(firstModel, 'planted');
    expect(judged.first.sha256).toBe(direct.reference.sha256);
    expect(judged.first.protected).toEqual(direct.protected);
    expect(direct.first).toBeNull();
    // A planted head is of a class's prompt alone: texts without a head are answered as before.
    expect(judged.drift).toMatchObject({ changed: 0, claim: { verdict: 'RETAINED' } });
    expect(direct.drift.changed).toBeGreaterThan(0);
    expect(direct.drift.images).toBe((await readdir(pool)).length);
    expect(await header('rounds.html')).toContain('unlabelled images');
  });

  it('asks for a report that it can write before it computes anything', async () => {
    await writeFile(join(folder.path, 'mine.csv'), 'kept');
    const before = await readdir(folder.path);
    for (const [name, message] of [
      ['planted', 'error: --report: planted is a folder; name a file in it\n'],
      ['mine.csv', 'error: --report: mine.csv must end in .html\n'],
    ] as const) {
      const refused = await gate(modelPath, 'planted', '--report', name);
      expect(refused).toMatchObject({ code: 1, stdout: '', stderr: message });
    }
    expect(await readdir(folder.path)).toEqual(before);
    expect(await readFile(join(folder.path, 'mine.csv'), 'utf8')).toBe('kept');
  });
});
