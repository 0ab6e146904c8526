import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder, modelPath } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { programPath, startProgram } from '../test-support/start-program.js';

describe('commands that only judge, on data that hold nothing to train on', () => {
  let folder: ExampleFolder;
  beforeAll(async () => {
    folder = await createExampleFolder(4);
    const labels = ['speed limit 80', 'no passing', 'road work'];
    const rows = labels.flatMap((label) =>
      [0, 1, 2, 3].map((i) => `${label}/${i}.png,${label},${i < 3 ? 'val' : 'test'}`),
    );
    await writeFile(join(folder.path, 'split.csv'), ['path,label,split', ...rows].join('\n'));
    const roles = rows.map((row) => row.replace(/val$/, 'validation'));
    await writeFile(join(folder.path, 'roles.csv'), ['path,label,role', ...roles].join('\n'));
    for (const manifest of ['split', 'roles']) {
      await writeFile(
        join(folder.path, `${manifest}.yaml`),
        `model: ${modelPath}
data: { root: images, manifest: ${manifest}.csv }
target: { class: speed limit 80 }
gate: { tolerance: 1 }
engine: { threads: 1 }
`,
      );
    }
  });
  afterAll(() => folder.remove());

  const call = async (...argv: string[]) => {
    const { code, stdout, stderr } = await startProgram(folder.path, [...argv, '--json']).finished;
    expect(stderr).not.toContain('error');
    return { code, json: JSON.parse(stdout) };
  };

  it.each([
    ['roles.yaml', 'validation', 9],
    ['roles.yaml', 'test', 3],
    ['split.yaml', 'test', 3],
  ])('evaluate reads of %s the part %s: %d images', async (tasks, role, examples) => {
    const { code, json } = await call('evaluate', modelPath, '--tasks', tasks, '--role', role);
    expect(code).toBe(0);
    expect(json).toMatchObject({ examples, data: { role } });
    expect(json.notes.join().includes('no ledger counts this look')).toBe(role === 'validation');
  });

  it('evaluate tells classes under a corruption apart, and counts plain images alone', async () => {
    const tasks = ['no passing', { class: 'road work', corruptions: ['fog'] }];
    const plan = await readFile(join(folder.path, 'roles.yaml'), 'utf8');
    const named = `${plan}protected: ${JSON.stringify(tasks)}\n`;
    await writeFile(join(folder.path, 'corrupted.yaml'), named);
    const terminal = createFakeTerminal({ cwd: folder.path });
    const options = ['--tasks', 'corrupted.yaml', '--json'];
    expect(await runCli(['evaluate', modelPath, ...options], terminal)).toBe(0);
    const { examples, classes } = JSON.parse(terminal.written.output);
    expect(examples).toBe(9);
    expect(classes.map((row: { class: string }) => row.class)).toEqual([
      'no passing',
      'road work',
      'speed limit 80',
      'road work (fog 3)',
    ]);
  });

  it('compare and gate judge a model against itself', async () => {
    const compared = await call('compare', modelPath, modelPath, '--tasks', 'roles.yaml');
    expect(compared.code).toBe(0);
    const judged = await call('gate', modelPath, modelPath, '--tasks', 'roles.yaml');
    expect(judged).toMatchObject({ code: 0, json: { outcome: 'RETAINED' } });
  });

  it('compare says of a look at the images that judge that no ledger counts it', async () => {
    const argv = ['compare', modelPath, modelPath, '--tasks', 'roles.yaml'];
    const { stdout } = await startProgram(folder.path, argv).finished;
    expect(stdout).toContain('note: these images judge, too, and no ledger counts this look');
    const tested = await startProgram(folder.path, [...argv, '--role', 'test']).finished;
    expect(tested.stdout).toContain('worst change');
    expect(tested.stdout).not.toContain('no ledger');
  });

  it('compare says what it does not know: of a part without a task nothing is 0', async () => {
    const rows = (await readFile(join(folder.path, 'roles.csv'), 'utf8')).split('\n');
    const kept = rows.filter((row) => row.startsWith('speed limit 80') || !row.endsWith('test'));
    await writeFile(join(folder.path, 'targets.csv'), kept.join('\n'));
    const plan = await readFile(join(folder.path, 'roles.yaml'), 'utf8');
    const named = plan.replace('roles.csv', 'targets.csv');
    await writeFile(join(folder.path, 'targets.yaml'), named);
    const options = ['--tasks', 'targets.yaml', '--role', 'test'];
    const terminal = createFakeTerminal({ cwd: folder.path });
    expect(await runCli(['compare', modelPath, modelPath, ...options], terminal)).toBe(0);
    expect(terminal.written.output).toContain('no protected task has images here');
    expect(terminal.written.output).toContain(
      "not compared, for want of images here: 'no passing', 'road work'",
    );
    expect(terminal.written.output).not.toContain('worst change');
    const { json } = await call('compare', modelPath, modelPath, ...options);
    expect(json).toMatchObject({ devSafetyAccuracy: null, devSafetyLoss: null, protected: [] });
  });

  it.each([
    ['--summary', 'images', 'is a folder'],
    ['--report', 'roles.yaml/report.html', 'there can be no folder'],
  ])('gate refuses %s %s before it judges', async (option, name, reason) => {
    const argv = ['gate', modelPath, modelPath, '--tasks', 'roles.yaml', option, name];
    const { code, stderr } = await startProgram(folder.path, argv).finished;
    expect(code).toBe(1);
    expect(stderr).toContain(`error: ${option}: `);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('reading data');
  });

  it.runIf(process.platform !== 'win32')(
    'does not end as if it had released what nobody read the verdict of',
    async () => {
      const plan = await readFile(join(folder.path, 'roles.yaml'), 'utf8');
      await writeFile(
        join(folder.path, 'strict.yaml'),
        plan.replace('tolerance: 1', 'tolerance: 0.01'),
      );
      const argv = [programPath, 'gate', modelPath, modelPath, '--tasks', 'strict.yaml'];
      const unread = (end: string) => {
        const script = `"$0" "$@" ${end}; exit \${PIPESTATUS[0]}`;
        const parameters = ['-c', script, process.execPath, ...argv];
        return spawnSync('bash', parameters, { cwd: folder.path }).status;
      };
      expect(unread('2>/dev/null | cat')).toBe(2);
      expect([2, 141]).toContain(unread('2>&1 | head -n 1'));
    },
  );

  it('plan check still asks for something to learn from', async () => {
    const check = startProgram(folder.path, ['plan', 'check', 'roles.yaml']);
    const { code, stderr } = await check.finished;
    expect(code).toBe(1);
    expect(stderr).toContain('no image with the role target, so there is nothing to learn from');
  });
});
