import type { ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasS3Server, packTar, type S3Server, startS3Server } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createExampleFolder,
  type ExampleFolder,
  examplePlan,
  modelPath,
} from './test-support/example.js';
import { startProgram } from './test-support/start-program.js';
import { type Serving, startServing } from './test-support/start-serving.js';

const steps = 12;
const plan = examplePlan
  .replace(modelPath, 's3://inputs/model')
  .replace('steps: 4', `steps: ${steps}, weightAverage: 0.9`);
const planHere = plan.replace('s3://inputs/model', modelPath);

const toModule = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
const refuseClient = `export const resolve = (name, context, next) => {
  if (/^@(aws-sdk|smithy)\\//.test(name)) throw new Error(name + ' is loaded');
  return next(name, context);
};`;
/** The environment of a process that has nothing of AWS's client. */
const withoutClient = {
  NODE_OPTIONS: `--import ${toModule(`import { register } from 'node:module'; register(${JSON.stringify(toModule(refuseClient))});`)}`,
};

/** What two runs of one plan must have in common, byte for byte. */
const results = ['metrics.jsonl', 'candidate/model.safetensors'];

describe.skipIf(!hasS3Server)('a run in an object store', () => {
  let server: S3Server;
  let folder: ExampleFolder;
  beforeAll(async () => {
    server = await startS3Server();
    for (const bucket of ['inputs', 'runs']) await server.addBucket(bucket);
    folder = await createExampleFolder();
    await writeFile(join(folder.path, 'here.yaml'), planHere);
    await writeFile(join(folder.path, 'stored.yaml'), plan);
    await upload(modelPath, 'model');
    await upload(join(folder.path, 'images'), 'task/images');
    await upload(join(folder.path, 'stored.yaml'), 'task/plan.yaml');
  });
  afterAll(async () => {
    await folder?.remove();
    await server?.close();
  });

  /** Puts files into the bucket as another tool does: over the wire, without a hash beside them. */
  async function upload(path: string, key: string): Promise<void> {
    const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3');
    const environment = server.environment();
    const client = new S3Client({
      endpoint: environment['AWS_ENDPOINT_URL']!,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: {
        accessKeyId: environment['AWS_ACCESS_KEY_ID']!,
        secretAccessKey: environment['AWS_SECRET_ACCESS_KEY']!,
      },
    });
    const found = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = found.filter((entry) => entry.isFile());
    const paths = files.map(({ parentPath, name }) => join(parentPath, name));
    for (const file of paths.length > 0 ? paths : [path]) {
      const Key = [key, relative(path, file)].filter(Boolean).join('/');
      const Body = await readFile(file);
      await client.send(new PutObjectCommand({ Bucket: 'inputs', Key, Body }));
    }
    client.destroy();
  }

  const inStore = (path: string) => join(server.folder, path);
  const run = (machine: string, argv: readonly string[]) =>
    startProgram(folder.path, argv, server.environment(machine));
  /** Until a run has a second checkpoint, or its process ended. */
  async function awaitCheckpoint(name: string, child: ChildProcess): Promise<void> {
    const count = async () =>
      (await readdir(inStore(`runs/${name}/checkpoints`)).catch(() => [])).length;
    while (child.exitCode === null && (await count()) < 2) await sleep(5);
  }
  async function expectSameResults(name: string): Promise<void> {
    for (const file of results) {
      const [stored, local] = await Promise.all([
        readFile(inStore(`runs/${name}/${file}`)),
        readFile(join(folder.path, 'here', file)),
      ]);
      expect(stored.equals(local), file).toBe(true);
    }
  }

  it('is resumed on another machine, and ends with the bits of one in a folder', async () => {
    const here = await startProgram(
      folder.path,
      ['run', 'here.yaml', '--run-folder', 'here'],
      withoutClient,
    ).finished;
    expect([0, 2], here.stderr).toContain(here.code);
    const argv = ['run', 's3://inputs/task/plan.yaml', '--run-folder', 's3://runs/first'];
    const { child, finished } = run('one', argv);
    await awaitCheckpoint('first', child);
    child.kill('SIGKILL');
    expect(await finished).toMatchObject({ code: null });
    // Nothing of that machine is left but what is in the store.
    await rm(server.environment('one')['HOLDFAST_S3_CACHE']!, { recursive: true });
    const resumed = await run('two', ['resume', 's3://runs/first']).finished;
    expect(resumed.stderr).not.toMatch(/damaged|error/i);
    expect(resumed.code).toBe(here.code);
    await expectSameResults('first');
    const files = await readdir(inStore('runs/first'));
    for (const name of ['plan.yaml', 'origin.json', 'journal.jsonl', 'verdict.json', 'report.html'])
      expect(files).toContain(name);
    // Pixels are each machine's own.
    expect(await readdir(inStore('runs'))).not.toContain('.cache');
    const again = await run('three', ['resume', 's3://runs/first']).finished;
    expect(again.code).toBe(here.code);
    expect(again.stderr).toContain('This run is finished');
    expect(again.stderr).toContain('s3://runs/first');
  });

  it('needs the client of the store, which nothing else loads', async () => {
    const argv = ['resume', 's3://runs/first'];
    const environment = { ...server.environment('one'), ...withoutClient };
    const end = await startProgram(folder.path, argv, environment).finished;
    expect(end).toMatchObject({ code: 1 });
    expect(end.stderr).toContain('@aws-sdk/client-s3 is loaded');
  });

  it('reads tars of the store, with the bits of a folder of their images', async () => {
    const images = join(folder.path, 'images');
    const names = (await readdir(images, { recursive: true }))
      .filter((name) => name.endsWith('.png'))
      .sort();
    const shards = [names.slice(0, 30), names.slice(30)];
    await mkdir(join(folder.path, 'shards'));
    for (const [shard, held] of shards.entries()) {
      const files: Record<string, string | Uint8Array> = {};
      for (const name of held) {
        files[name] = await readFile(join(images, name));
        files[name.replace(/png$/, 'cls')] = name.split('/')[0]!;
      }
      await writeFile(join(folder.path, `shards/${shard}.tar`), packTar(files));
    }
    await upload(join(folder.path, 'shards'), 'shards');
    const data = 'data: { root: "s3://inputs/shards", archives: "{0..1}.tar" }';
    const text = plan.replace('data: { root: images }', data);
    await writeFile(join(folder.path, 'tars.yaml'), text);
    const argv = ['run', 'tars.yaml', '--run-folder', 's3://runs/tars'];
    const environment = {
      ...server.environment('five'),
      XDG_CACHE_HOME: join(folder.path, 'indexes'),
    };
    const end = await startProgram(folder.path, argv, environment).finished;
    expect([0, 2], end.stderr).toContain(end.code);
    await expectSameResults('tars');
  });

  it('has one writer', async () => {
    const argv = ['run', 's3://inputs/task/plan.yaml', '--run-folder', 's3://runs/both'];
    const both = [run('one', argv), run('two', argv)];
    const refused = await Promise.race(both.map(({ finished }) => finished));
    for (const { child } of both) child.kill('SIGKILL');
    expect(refused).toMatchObject({ code: 1 });
    const taken = /s3:\/\/runs\/both.*(is not empty|is taken already|is being submitted)/;
    expect(refused.stderr).toMatch(taken);
    const ends = await Promise.all(both.map(({ finished }) => finished));
    expect(ends.map(({ code }) => code)).toContain(null);
  });

  it('has the same bits where each service is a machine of its own, two of which are lost', async () => {
    const started: Serving[] = [];
    const serve = async (machine: string, argv: readonly string[]) => {
      const serving = await startServing(folder.path, argv, server.environment(machine));
      started.push(serving);
      return serving;
    };
    const roots = ['--roots', 's3://inputs:s3://runs'];
    const serveWriters = async (
      generation: string,
      [encoder, constraint, evaluator]: readonly Serving[],
    ) => {
      const optimizer = await serve(`optimizer-${generation}`, ['optimizer', ...roots]);
      const controller = await serve(`controller-${generation}`, [
        ...['controller', ...roots, '--runs-path', 's3://runs', '--listen-port', '0'],
        ...['--encoder-address', encoder!.address, '--optimizer-address', optimizer.address],
        ...['--constraint-address', constraint!.address, '--evaluator-address', evaluator!.address],
      ]);
      return { optimizer, controller };
    };
    try {
      const others = await Promise.all([
        serve('encoder', ['encoder', ...roots, '--threads', '1']),
        serve('constraint', ['constraint']),
        serve('evaluator', ['evaluator']),
      ]);
      const { optimizer, controller } = await serveWriters('lost', others);
      const argv = ['submit', 's3://inputs/task/plan.yaml', '--run-folder', 's3://runs/apart'];
      const submitted = await run('client', [...argv, '--controller', controller.address]).finished;
      expect(submitted).toMatchObject({ code: 0 });
      await awaitCheckpoint('apart', controller.child);
      for (const { child } of [optimizer, controller]) child.kill('SIGKILL');
      await Promise.all([optimizer.finished, controller.finished]);
      expect(await readdir(inStore('runs/apart'))).not.toContain('verdict.json');

      const next = ['--controller', (await serveWriters('new', others)).controller.address];
      const end = await run('client', ['watch', 'apart', ...next]).finished;
      expect([0, 2], end.stderr).toContain(end.code);
      await expectSameResults('apart');
      const list = await run('client', ['list', ...next]).finished;
      expect(list.stdout).toMatch(/first/);
      const here = join(folder.path, 'here.yaml');
      const outside = await run('client', [
        'submit',
        here,
        '--run-folder',
        's3://other/run',
        ...next,
      ]).finished;
      expect(outside.stderr).toContain('lies outside the folders that may be used here');
    } finally {
      for (const { child } of started) child.kill('SIGKILL');
    }
  });

  it('is judged by the images and models of a store', async () => {
    const argv = ['compare', 's3://inputs/model', 's3://runs/first/candidate'];
    const end = await run('two', [...argv, '--tasks', 's3://inputs/task/plan.yaml', '--json'])
      .finished;
    expect(end).toMatchObject({ code: 0 });
    expect(JSON.parse(end.stdout)).toMatchObject({ schema: 'holdfast.comparison/1' });
    const to = ['--to', 's3://runs/exported', '--unreleased'];
    const exported = await run('three', ['export', 's3://runs/first', ...to]).finished;
    expect(exported.code, exported.stderr).toBe(0);
    const weights = await readFile(inStore('runs/exported/model.safetensors'));
    const judged = await readFile(inStore('runs/first/candidate/model.safetensors'));
    expect(weights.equals(judged)).toBe(true);
    const published = await run('four', ['publish', 's3://runs/first', '--tensorboard', 'events'])
      .finished;
    expect(published.code, published.stderr).toBe(0);
    expect(await readdir(join(folder.path, 'events'), { recursive: true })).toContainEqual(
      expect.stringContaining('tfevents'),
    );
    const twice = await run('four', ['export', 's3://runs/first', ...to]).finished;
    expect(twice.stderr).toContain('s3://runs/exported exists');
  });
});
