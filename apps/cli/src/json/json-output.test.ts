import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder, modelPath } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { startProgram } from '../test-support/start-program.js';
import { type Serving, startServing } from '../test-support/start-serving.js';
import { createJsonSchemas } from './json-schemas.js';

const shipped = fileURLToPath(new URL('../../schemas', import.meta.url));
const readSchema = (name: string) =>
  JSON.parse(readFileSync(join(shipped, `${name}.schema.json`), 'utf8'));

/** Checks values against a shipped schema; tuples of zod do not say how long they are. */
function createValidator(name: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictTuples: false, allErrors: true });
  ajv.addFormat('date-time', (text) => !Number.isNaN(Date.parse(text)));
  return ajv.compile(readSchema(name));
}

async function readHelp(...command: string[]): Promise<string> {
  const terminal = createFakeTerminal();
  await runCli([...command, '--help'], terminal);
  return terminal.written.output;
}

describe('the shipped schemas', () => {
  it('are those that the code gives (else: node scripts/write-json-schemas.mjs)', async () => {
    const schemas = createJsonSchemas();
    const files = await readdir(shipped);
    expect(files.sort()).toEqual([...schemas.keys()].map((name) => `${name}.schema.json`).sort());
    for (const [name, schema] of schemas) expect(readSchema(name)).toEqual(schema);
  });

  it('refuse what a command does not print', () => {
    const isVerdict = createValidator('verdict-1');
    expect(isVerdict({ schema: 'holdfast.verdict/1', outcome: 'PERHAPS' })).toBe(false);
    const isEvent = createValidator('event-1');
    expect(isEvent({ sequence: '7', noted: { message: 'text' } })).toBe(true);
    expect(isEvent({ sequence: 7, noted: { message: 'text' } })).toBe(false);
    expect(isEvent({ stateChanged: { state: 'RUN_STATE_ASLEEP' } })).toBe(false);
  });
});

describe('what every command prints under --json is what its schema says', () => {
  let folder: ExampleFolder;
  let services: Serving;

  const print = async (...argv: string[]) => {
    const { code, stdout, stderr } = await startProgram(folder.path, [...argv, '--json']).finished;
    expect([0, 2], stderr).toContain(code);
    return stdout;
  };
  /** Runs a command, and holds its output against a schema. */
  const check = async (name: string, ...argv: string[]) => {
    const document = JSON.parse(await print(...argv));
    const validate = createValidator(name);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    return document;
  };
  const checkLines = (name: string, text: string) => {
    const validate = createValidator(name);
    const lines = text.trimEnd().split('\n');
    for (const line of lines) {
      expect(validate(JSON.parse(line)), `${line}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
    return lines.length;
  };

  beforeAll(async () => {
    folder = await createExampleFolder();
    // Each judgement by the images of a plan is counted: these have a ledger each.
    const plan = readFileSync(join(folder.path, 'plan.yaml'), 'utf8');
    for (const name of ['gate', 'sealed', 'remote']) {
      const text = plan.replace('gate: {', `gate: { ledger: ${name}.jsonl, `);
      writeFileSync(join(folder.path, `${name}.yaml`), text);
    }
    services = await startServing(folder.path, [
      'all',
      '--roots',
      '/',
      '--listen-port',
      '0',
      '--threads',
      '1',
    ]);
  });
  afterAll(async () => {
    services?.child.kill('SIGKILL');
    await folder.remove();
  });

  it('run, resume and verify', async () => {
    await check('verdict-1', 'run', 'plan.yaml', '--run-folder', 'runs/one');
    await check('verdict-1', 'resume', 'runs/one');
    expect(await check('verification-1', 'verify', 'runs/one')).toMatchObject({ verified: true });
  });

  it('merge', async () => {
    const models = ['runs/one/candidate', '--base', modelPath, '--output', 'merged'];
    await check('merge-1', 'merge', ...models, '--method', 'lines');
  });

  it('next', async () => {
    const plan = readFileSync(join(folder.path, 'plan.yaml'), 'utf8')
      .replace('gate: {', 'gate: { ledger: next.jsonl, tolerance: 1, ')
      .replace('alphas: [1]', 'alphas: [1], margin: -1');
    writeFileSync(join(folder.path, 'next.yaml'), plan);
    await check('verdict-1', 'run', 'next.yaml', '--run-folder', 'runs/next');
    await check('next-1', 'next', 'runs/next', '--target', 'road work');
  });

  it('study', async () => {
    const study = `plan: plan.yaml
methods: { retain: {}, flyp: { method: flyp } }
seeds: [3]
conclude: { measure: targetGain, margin: 0.02 }
`;
    writeFileSync(join(folder.path, 'study.yaml'), study);
    expect((await check('study-1', 'study', 'study.yaml')).cells).toHaveLength(2);
  });

  it('evaluate, compare and gate', async () => {
    await check('evaluation-1', 'evaluate', modelPath, '--tasks', 'plan.yaml');
    const models = [modelPath, modelPath, '--tasks'];
    await check('comparison-1', 'compare', ...models, 'plan.yaml');
    await check('gate-1', 'gate', ...models, 'gate.yaml');
    await check('sealed-1', 'gate', ...models, 'sealed.yaml', '--sealed');
  });

  it('gate by a pool without labels', async () => {
    await mkdir(join(folder.path, 'pool'));
    const source = join(folder.path, 'images', 'road work');
    for (const name of await readdir(source)) {
      await writeFile(join(folder.path, 'pool', name), readFileSync(join(source, name)));
    }
    const command = ['gate', modelPath, modelPath, '--tasks', 'plan.yaml', '--pool', 'pool'];
    const asked = await check('gate-1', ...command);
    expect(asked).toMatchObject({ outcome: 'UNDECIDED', pool: { labelled: 0 } });
  });

  it('data inspect', async () => {
    await check('inspection-1', 'data', 'inspect', 'images');
    await check('inspection-1', 'data', 'inspect', 'images', '--fast');
  });

  it('doctor', async () => {
    await check('doctor-1', 'doctor', '--no-measure');
  });

  it('submit, watch and list', async () => {
    const at = ['--controller', services.address];
    const submitted = await print('submit', 'remote.yaml', '--label', 'by=schema', ...at);
    expect(checkLines('submitted-1', submitted)).toBe(1);
    const { runId } = JSON.parse(submitted);
    expect(checkLines('event-1', await print('watch', runId, ...at))).toBeGreaterThan(4);
    expect(checkLines('run-1', await print('list', '--label', 'by=schema', ...at))).toBe(1);
    await check('verdict-1', 'submit', 'remote.yaml', '--wait', ...at);
  });

  it('is known of every command that has --json', async () => {
    const help = await readHelp();
    // Serving prints nothing but its log.
    const names = [...help.matchAll(/^ {2}([a-z]+)(?:\|| ).*/gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'serve' && name !== 'up');
    expect(names).toContain('gate');
    const dataHelp = await readHelp('data');
    const dataNames = [...dataHelp.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(
      ([, name]) => `data ${name}`,
    );
    const commands = [...names.filter((name) => name !== 'data'), ...dataNames];
    const helps = await Promise.all(commands.map((name) => readHelp(...name.split(' '))));
    const withJson = commands.filter((_, index) => helps[index]!.includes('--json '));
    expect(withJson.sort()).toEqual(
      [
        'compare',
        'data inspect',
        'doctor',
        'evaluate',
        'gate',
        'list',
        'merge',
        'next',
        'resume',
        'run',
        'study',
        'submit',
        'verify',
        'watch',
      ].sort(),
    );
  });
});
