import { generateKeyPairSync } from 'node:crypto';
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ServingServiceDefinition } from '@holdfast/proto/holdfast/serving/v1/serving';
import type { RunVerdict } from '@holdfast/run-store';
import { createRemoteClient } from '@holdfast/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createExampleFolder,
  type ExampleFolder,
  examplePlan,
  modelPath,
} from './test-support/example.js';
import { type Finished, startProgram } from './test-support/start-program.js';
import { startServing } from './test-support/start-serving.js';

/** All shipped photographs, with recorded references: enough to stop in the midst of preparing. */
const manyImagesPlan = `model: ${modelPath}
data: { root: ${dirname(modelPath)}, manifest: ${dirname(modelPath)}/manifest.csv }
target: { class: speed limit 80 }
constraints: { augmentation: candidateOnly }
engine: { threads: 1 }
`;

/** Test results as an earlier version stated them. */
function describeEarlier({ tasks, ...test }: NonNullable<RunVerdict['test']>) {
  const estimate = ({ task, target, examples, ...rest }: (typeof tasks)[0]) => {
    const { referenceAccuracy, candidateAccuracy, accuracyChange } = rest;
    return { task, target, examples, referenceAccuracy, candidateAccuracy, accuracyChange };
  };
  return { ...test, note: 'point estimates', tasks: tasks.map(estimate) };
}

describe('holdfast', () => {
  let folder: ExampleFolder;
  const holdfast = (...argv: string[]) => startProgram(folder.path, argv).finished;
  beforeAll(async () => {
    folder = await createExampleFolder();
  });
  afterAll(() => folder.remove());

  it('says what is wrong with a plan as text, without colours', async () => {
    await writeFile(join(folder.path, 'bad.yaml'), examplePlan.replace('steps: 4', 'step: 4'));
    const { code, stderr } = await holdfast('run', 'bad.yaml');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'error: bad.yaml, line 4: training.step is not a key of the plan; did you mean steps?\n',
    );
  });

  it('computes test results anew, those of an earlier version without their bounds', async () => {
    const images = await readdir(join(folder.path, 'images'), { recursive: true });
    const rows = images
      .filter((path) => path.endsWith('.png'))
      .map((path) => {
        const [label, name] = path.split('/') as [string, string];
        const split = ['train', 'val', 'val', 'test'][Number.parseInt(name, 10) % 4];
        return `${path},${label},${split}`;
      });
    const manifest = ['path,label,split', ...rows].join('\n');
    await writeFile(join(folder.path, 'tested.csv'), manifest);
    const plan = examplePlan.replace('root: images', 'root: images, manifest: tested.csv');
    await writeFile(join(folder.path, 'tested.yaml'), plan);
    const { stdout } = await holdfast(
      'run',
      'tested.yaml',
      '--run-folder',
      'runs/tested',
      '--json',
    );
    const verdict = JSON.parse(stdout);
    const verify = async (test: object) => {
      for (const file of ['verdict.json', 'candidate/verdict.json']) {
        const path = join(folder.path, 'runs/tested', file);
        await writeFile(path, JSON.stringify({ ...verdict, test }));
      }
      const verified = await holdfast('verify', 'runs/tested', '--json');
      return JSON.parse(verified.stdout).differences;
    };
    expect(await verify(describeEarlier(verdict.test))).toEqual([]);
    const edited = structuredClone(verdict.test);
    edited.tasks[0].lowerBound -= 0.01;
    const { lowerBound: stated } = edited.tasks[0];
    const { lowerBound: found } = verdict.test.tasks[0];
    expect(await verify(edited)).toEqual([{ path: 'test.tasks.0.lowerBound', stated, found }]);
  });

  describe('after a run', () => {
    let ran: Finished;
    beforeAll(async () => {
      ran = await holdfast('run', 'plan.yaml', '--run-folder', 'runs/first');
    });

    it('says the verdict and where everything is', async () => {
      expect(ran.stderr).toContain('training');
      expect([0, 2]).toContain(ran.code);
      expect(ran.stdout).toMatch(ran.code === 0 ? /^\nRELEASED\n/ : /^\nNOT RELEASED: /);
      expect(ran.stdout).toMatch(/speed limit 80 \(target\) +\d+ +\d+\.\d %/);
      for (const file of ['report.html', 'verdict.json', 'candidate/model.safetensors']) {
        expect((await stat(join(folder.path, 'runs/first', file))).size).toBeGreaterThan(0);
      }
      expect(ran.stdout).toContain('runs/first/report.html');
    });

    it('does not run into the folder of another run, and shows a finished one again on resume', async () => {
      const again = await holdfast('run', 'plan.yaml', '--run-folder', 'runs/first');
      expect(again).toMatchObject({ code: 1, stdout: '' });
      expect(again.stderr).toContain('runs/first holds a run');
      const resumed = await holdfast('resume', 'runs/first');
      expect(resumed).toMatchObject({ code: ran.code, stdout: ran.stdout });
      expect(resumed.stderr).toBe(
        'This run is finished; its verdict is in runs/first/verdict.json\n',
      );
    });

    it('gives the same verdict, byte for byte, when it runs again with --json', async () => {
      const again = await holdfast('run', 'plan.yaml', '--run-folder', 'runs/again', '--json');
      const verdict = await readFile(join(folder.path, 'runs/first/verdict.json'), 'utf8');
      expect(again).toMatchObject({ code: ran.code, stdout: verdict });
    });

    it('measures the candidate as the run did', async () => {
      const text = await readFile(join(folder.path, 'runs/first/verdict.json'), 'utf8');
      const verdict = JSON.parse(text);
      const candidate = 'runs/first/candidate';
      const gate = await holdfast('gate', modelPath, candidate, '--tasks', 'plan.yaml', '--json');
      expect(gate.code).toBe(verdict.outcome === 'RETAINED' ? 0 : 2);
      const judged = JSON.parse(gate.stdout);
      expect(judged.candidate.sha256).toBe(verdict.candidate.sha256);
      expect(judged.protected).toEqual(verdict.protected);
      expect(judged.target).toEqual(verdict.target);
      const evaluate = await holdfast('evaluate', candidate, '--tasks', 'plan.yaml', '--json');
      const evaluation = JSON.parse(evaluate.stdout);
      const target = evaluation.classes.find((entry: { target: boolean }) => entry.target);
      expect(target.accuracy).toBe(verdict.target[0].candidateAccuracy);
    });

    it('computes its verdict anew, and finds what was edited in it', async () => {
      const first = join(folder.path, 'runs/first');
      await cp(first, join(folder.path, 'runs/edited'), { recursive: true });
      const path = join(folder.path, 'runs/edited/candidate/verdict.json');
      const beside = join(folder.path, 'runs/edited/verdict.json');
      const verdict = JSON.parse(await readFile(path, 'utf8'));
      const write = async (edited: object) => {
        for (const file of [path, beside]) await writeFile(file, JSON.stringify(edited));
      };
      verdict.protected[0].negativeFlips += 1;
      await write(verdict);
      const verified = await holdfast('verify', 'runs/first/verdict.json');
      expect(verified.stdout).toMatch(
        /^VERIFIED: [\s\S]+\nledger {3}judgement 1 of 1 by these images \(images\/holdfast-ledger.jsonl\)\n$/,
      );
      expect(verified.code).toBe(0);
      const edited = await holdfast('verify', 'runs/edited', '--json');
      expect(edited.code).toBe(2);
      const { negativeFlips } = verdict.protected[0];
      expect(JSON.parse(edited.stdout)).toMatchObject({
        verified: false,
        differences: [
          {
            path: 'protected.0.negativeFlips',
            stated: negativeFlips,
            found: negativeFlips - 1,
          },
        ],
      });
      const { level } = verdict.gate;
      await write({
        ...verdict,
        outcome: 'NO_FEASIBLE_CANDIDATE',
        gate: { ...verdict.gate, policy: 'strict', level: 0.2 },
      });
      await writeFile(beside, 'another');
      const lenient = await holdfast('verify', 'runs/edited', '--json');
      expect(lenient.code).toBe(2);
      expect(JSON.parse(lenient.stdout)).toMatchObject({
        ledger: null,
        differences: [
          { path: 'sha256 of candidate/verdict.json and of verdict.json' },
          {
            path: 'outcome',
            stated: 'NO_FEASIBLE_CANDIDATE',
            found: `${verdict.outcome} in journal.jsonl`,
          },
          { path: 'gate.policy', stated: 'strict', found: 'evidence' },
          { path: 'gate.level', stated: 0.2, found: level },
        ],
      });
      await writeFile(join(folder.path, 'other.yaml'), `${examplePlan}# changed`);
      const other = await holdfast('verify', 'runs/first', '--tasks', 'other.yaml');
      expect(other.code).toBe(2);
      expect(other.stdout).toMatch(/^NOT VERIFIED: the verdict states\n {2}plan.sha256: states /);
    });

    it('has a serving encoder answer with a released candidate, with the weights that were judged alone', async () => {
      const change = async (name: string, edit: (verdict: Verdict) => void) => {
        await cp(join(folder.path, 'runs/first'), join(folder.path, name), { recursive: true });
        const path = join(folder.path, name, 'candidate/verdict.json');
        const verdict = JSON.parse(await readFile(path, 'utf8'));
        edit(verdict);
        await writeFile(path, JSON.stringify(verdict));
      };
      type Verdict = { outcome: string; candidate: { sha256: string } };
      await change('released', (verdict) => {
        verdict.outcome = 'RETAINED';
      });
      await change('swapped', (verdict) => {
        verdict.outcome = 'RETAINED';
        verdict.candidate.sha256 = '0'.repeat(64);
      });
      await change('retained', (verdict) => {
        verdict.outcome = 'REGRESSED';
      });
      const serving = await startServing(folder.path, ['encoder', '--threads', '1']);
      const promote = (run: string, alias: string) => {
        const to = ['--serving', serving.address, '--model', 'signs', '--alias', alias];
        return holdfast('promote', run, ...to);
      };
      const { client, close } = createRemoteClient(ServingServiceDefinition, {
        address: serving.address,
      });
      try {
        expect((await promote('retained', 'none')).stderr).toContain(
          'was not released (REGRESSED)',
        );
        expect((await promote('swapped', 'none')).stderr).toContain('none stays where it was');
        const promoted = await promote('released', 'champion');
        const { aliases } = await client.listModels({});
        expect(aliases).toMatchObject([{ alias: 'champion', model: 'signs' }]);
        expect(promoted).toMatchObject({
          code: 0,
          stdout: `champion is signs ${aliases[0]!.version} at ${serving.address}\n`,
        });
      } finally {
        close();
        serving.child.kill();
        await serving.finished;
      }
    });

    it('signs its verdict, and knows whose signature it is', async () => {
      for (const name of ['ours', 'theirs']) {
        const { privateKey, publicKey } = generateKeyPairSync('ed25519');
        const write = (file: string, pem: string | Buffer) =>
          writeFile(join(folder.path, file), pem);
        await write(`${name}.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }));
        await write(`${name}.pub`, publicKey.export({ type: 'spki', format: 'pem' }));
      }
      const unsigned = await holdfast('verify', 'runs/first', '--key', 'ours.pub');
      expect(unsigned.stderr).toContain('the verdict is not signed');
      const signed = await holdfast('sign', 'runs/first', '--key', 'ours.pem');
      expect(signed).toMatchObject({ code: 0, stderr: '' });
      const verified = await holdfast('verify', 'runs/first', '--key', 'ours.pub');
      expect(verified.stdout).toMatch(/^VERIFIED, signed by this key: /);
      const other = await holdfast('verify', 'runs/first', '--key', 'theirs.pub');
      expect(other.code).toBe(1);
      expect(other.stderr).toMatch(/the key [0-9a-f]{64} has not signed this/);
    });

    it('exports the candidate as ONNX files, checked, with the run’s classifier', async () => {
      const unreleased = ran.code === 0 ? [] : ['--unreleased'];
      const to = ['--to', 'onnx', '--onnx', '--dtype', 'fp16', '--classifier', ...unreleased];
      const { code, stdout, stderr } = await holdfast('export', 'runs/first', ...to);
      expect(code).toBe(0);
      expect(stderr).toBe('writing and checking ONNX files 0/3\n');
      const rows = stdout.match(/^\w+\.onnx +\w+ +[\d.]+ \w+ +\d\.\de-\d$/gm);
      expect(rows).toHaveLength(3);
      const labels = JSON.parse(await readFile(join(folder.path, 'onnx/labels.json'), 'utf8'));
      expect(labels).toEqual(['no passing', 'road work', 'speed limit 80']);
      for (const name of ['vision_model', 'text_model', 'classifier']) {
        expect((await stat(join(folder.path, `onnx/${name}.onnx`))).size).toBeGreaterThan(10_000);
      }
    });

    it('needs a run’s folder for its classifier', async () => {
      await cp(join(folder.path, 'runs/first/candidate'), join(folder.path, 'alone'), {
        recursive: true,
      });
      const to = ['--to', 'never', '--onnx', '--classifier', '--unreleased'];
      const { code, stderr } = await holdfast('export', 'alone', ...to);
      expect(code).toBe(1);
      expect(stderr).toMatch(/--classifier needs the run's classes and prompts, but there is no /);
      await expect(stat(join(folder.path, 'never'))).rejects.toThrow('ENOENT');
    });

    it('exports the candidate only with the weights that were judged', async () => {
      const unreleased = ran.code === 0 ? [] : ['--unreleased'];
      const exported = await holdfast('export', 'runs/first', '--to', 'model', ...unreleased);
      expect(exported).toMatchObject({ code: 0, stderr: '' });
      expect(exported.stdout).toMatch(/sha256 [0-9a-f]{64}/);
      const evaluate = await holdfast('evaluate', 'model', '--tasks', 'plan.yaml');
      expect(evaluate.code).toBe(0);
      expect(evaluate.stdout).toMatch(/all +\d+ +\d+\.\d %/);
      const twice = await holdfast('export', 'runs/first', '--to', 'model', ...unreleased);
      expect(twice.stderr).toContain('model exists');
      const weights = join(folder.path, 'runs/again/candidate/model.safetensors');
      const bytes = await readFile(weights);
      bytes[bytes.length - 1]! ^= 1;
      await writeFile(weights, bytes);
      const changed = await holdfast('export', 'runs/again', '--to', 'other', '--unreleased');
      expect(changed.code).toBe(1);
      expect(changed.stderr).toContain('are not those that were judged');
      await expect(stat(join(folder.path, 'other'))).rejects.toThrow('ENOENT');
    });
  });

  it('finds no difference between a model and itself', async () => {
    const pair = [modelPath, modelPath, '--tasks', 'plan.yaml'];
    const compare = await holdfast('compare', ...pair, '--json');
    expect(compare.code).toBe(0);
    for (const task of JSON.parse(compare.stdout).protected) {
      expect(task).toMatchObject({ accuracyChange: 0, negativeFlips: 0, positiveFlips: 0 });
    }
    const table = await holdfast('compare', ...pair, '--role', 'steering');
    expect(table.stdout).toContain('worst change of a protected task: 0.0 points');
  });

  it('refuses a model that is none, naming what is missing', async () => {
    const { code, stderr } = await holdfast('evaluate', 'images', '--tasks', 'plan.yaml');
    expect(code).toBe(1);
    expect(stderr).toContain('config.json');
  });

  it.each(['reading data', 'preparing images', 'measuring the reference'])(
    'stops cleanly on Ctrl-C while %s, and says how to go on',
    async (activity) => {
      await writeFile(join(folder.path, 'many.yaml'), manyImagesPlan);
      const { child, progress, finished } = startProgram(folder.path, [
        ...['run', 'many.yaml', '--run-folder', 'early/run'],
      ]);
      try {
        const ended = finished.then(({ stderr }) => expect.fail(`it ended: ${stderr}`));
        const begun = expect.poll(progress, { timeout: 120_000, interval: 10 });
        await Promise.race([begun.toContain(activity), ended]);
        child.kill('SIGINT');
        expect(await finished).toMatchObject({ code: 130, stdout: '' });
      } finally {
        child.kill('SIGKILL');
      }
      const end = 'Stopped before the first step. Go on with: npx holdfast resume early/run\n';
      expect(progress().endsWith(end)).toBe(true);
      const left = await readdir(join(folder.path, 'early/run'));
      expect(left).toEqual(expect.arrayContaining(['checkpoints', 'origin.json', 'plan.yaml']));
      expect(await readdir(join(folder.path, 'early/run/lease'))).toEqual([
        expect.stringMatching(/^term-\d+\.released$/),
      ]);
      expect(await readdir(join(folder.path, 'early/run/checkpoints'))).toEqual([]);
      await rm(join(folder.path, 'early'), { recursive: true });
    },
  );

  it('saves what it did on Ctrl-C, and goes on to the end that it would have had', async () => {
    const long = examplePlan
      .replace('steps: 4', 'steps: 40')
      .replace('everySteps: 2', 'everySteps: 10');
    await writeFile(join(folder.path, 'long.yaml'), long);
    const run = ['run', 'long.yaml', '--run-folder'];
    const { child, finished } = startProgram(folder.path, [...run, 'runs/stopped']);
    // With a checkpoint written, thirty steps are still to go.
    const checkpoints = join(folder.path, 'runs/stopped/checkpoints');
    await expect
      .poll(() => readdir(checkpoints).catch(() => []), { timeout: 60_000, interval: 20 })
      .toContain('step-0000010');
    child.kill('SIGINT');
    const stopped = await finished;
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toBe('');
    expect(stopped.stderr).toContain('Go on with: npx holdfast resume runs/stopped');
    const resumed = await holdfast('resume', 'runs/stopped', '--json');
    const straight = await holdfast(...run, 'runs/straight', '--json');
    expect(resumed.code).toBe(straight.code);
    expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse(straight.stdout));
    await rm(join(folder.path, 'runs'), { recursive: true });
  });
});
