import { X509Certificate } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder, examplePlan } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { startProgram } from '../test-support/start-program.js';

describe('holdfast manifest', () => {
  let folder: ExampleFolder;
  beforeEach(async () => {
    folder = await createExampleFolder(1);
  });
  afterEach(() => folder.remove());

  async function run(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(['manifest', ...argv], terminal);
    const documents = parseAllDocuments(terminal.written.output).map((each) => each.toJS());
    const find = (kind: string) => documents.find((each) => each.kind === kind);
    return { code, find, documents, ...terminal.written };
  }

  type Container = { name: string; args: string[]; resources: { limits?: object } };
  type Pod = { initContainers?: Container[]; containers: Container[] };
  type Job = { template: { spec: { template: { spec: Pod } } } };
  const listContainers = (jobSet: { spec: { replicatedJobs: Job[] } }) =>
    jobSet.spec.replicatedJobs.flatMap(({ template }) => {
      const { initContainers = [], containers } = template.spec.template.spec;
      return [...initContainers, ...containers];
    });

  it('writes the plan, an access and a set whose end is that of the controller', async () => {
    const { code, find, documents, progress } = await run('plan.yaml');
    expect({ code, progress }).toEqual({ code: 0, progress: '' });
    expect(documents.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['ConfigMap', expect.stringMatching(/^plan-[0-9a-f]{8}$/)],
      ['Secret', 'plan-access'],
      ['JobSet', 'plan'],
    ]);
    expect(find('ConfigMap').data['plan.yaml']).toBe(examplePlan);
    const { spec, metadata } = find('JobSet');
    expect(spec.suspend).toBe(false);
    expect(metadata.labels).not.toHaveProperty('kueue.x-k8s.io/queue-name');
    expect(spec.successPolicy.targetReplicatedJobs).toEqual(['controller']);
    expect(spec.replicatedJobs.map(({ name }: { name: string }) => name)).toEqual([
      'controller',
      'trainer',
    ]);
  });

  it('starts suspended in a queue, in the namespace that is named', async () => {
    const { documents, find } = await run('plan.yaml', '--queue', 'team', '--namespace', 'ml');
    expect(documents.every(({ metadata }) => metadata.namespace === 'ml')).toBe(true);
    expect(find('JobSet').spec.suspend).toBe(true);
    expect(find('JobSet').metadata.labels['kueue.x-k8s.io/queue-name']).toBe('team');
  });

  it('names every pod that is called, and its certificate is for each', async () => {
    const { find } = await run('plan.yaml', '--name', 'signs', '--encoders', '2', '--gpus', '1');
    const containers = listContainers(find('JobSet'));
    const [controller, submit, optimizer, encoder] = containers;
    expect(containers.map(({ name }) => name)).toEqual(['serve', 'submit', 'optimizer', 'encoder']);
    const encoders = 'signs-encoder-0-0.signs:50051,signs-encoder-0-1.signs:50051';
    expect(controller!.args).toContain(`--encoder-address=${encoders}`);
    expect(controller!.args).toContain('--optimizer-address=signs-optimizer-0-0.signs:50051');
    expect(submit!.args).toContain('--controller=localhost:50050');
    expect(encoder!.resources.limits).toMatchObject({ 'nvidia.com/gpu': '1' });
    expect(optimizer!.resources.limits).not.toHaveProperty('nvidia.com/gpu');
    const { stringData } = find('Secret');
    const certificate = new X509Certificate(stringData['tls.crt']);
    const called = containers.flatMap(({ args }) =>
      args.flatMap((argument) => argument.match(/[\w.-]+(?=:\d{5}\b)/g) ?? []),
    );
    expect(called.length).toBeGreaterThan(4);
    for (const host of called.filter((host) => !host.startsWith('.'))) {
      expect(certificate.checkHost(host), host).toBe(host);
    }
    expect(stringData['ca.crt']).toBe(stringData['tls.crt']);
    expect(stringData.token).toMatch(/^[\w-]{43}$/);
  });

  it('follows its own plan, whatever was left of an earlier set of its name', async () => {
    const follow = async () => {
      const { find } = await run('plan.yaml', '--secret', 'ours');
      const [{ template }] = find('JobSet').spec.replicatedJobs;
      const { volumes } = template.spec.template.spec;
      const { name } = find('ConfigMap').metadata;
      expect(volumes).toContainEqual({ name: 'plan', configMap: { name } });
      return name;
    };
    const first = await follow();
    expect(await follow()).toBe(first);
    await writeFile(join(folder.path, 'plan.yaml'), `${examplePlan}# Changed.\n`);
    expect(await follow()).not.toBe(first);
  });

  it('finds its run again by name and plan, in a folder that no other job has', async () => {
    const submitted = async (...argv: string[]) =>
      listContainers((await run('plan.yaml', ...argv)).find('JobSet')).flatMap(({ args }) =>
        args.filter((each) => /^--(request-id|runs-path|base)/.test(each)),
      );
    const first = await submitted('--folder', 'signs/2026');
    expect(first).toEqual([
      '--runs-path=/data/runs/plan',
      '--base=/data/signs/2026',
      expect.stringMatching(/^--request-id=plan-[0-9a-f]{8}$/),
    ]);
    expect(await submitted('--folder', './signs/2026')).toEqual(first);
    await writeFile(join(folder.path, 'plan.yaml'), `${examplePlan}# Another one.\n`);
    expect((await submitted())[2]).not.toBe(first[2]);
  });

  it('writes no key where a Secret is named, and says what that must be for', async () => {
    const { find, progress } = await run('plan.yaml', '--secret', 'ours');
    expect(find('Secret')).toBeUndefined();
    expect(progress).toBe(
      'The certificate of ours is for: localhost, plan-controller-0-0.plan, plan-trainer-0-0.plan\n',
    );
    const [{ template }] = find('JobSet').spec.replicatedJobs;
    expect(template.spec.template.spec.volumes).toContainEqual(
      expect.objectContaining({
        name: 'access',
        secret: expect.objectContaining({ secretName: 'ours' }),
      }),
    );
  });

  it.each([
    [['plan.yaml', '--name', '2026'], 'the first a letter'],
    [['plan.yaml', '--name', 'a'.repeat(41)], 'at most 40'],
    [['plan.yaml', '--folder', '../elsewhere'], 'a path in the claim'],
    [['plan.yaml', '--folder', '/data'], 'a path in the claim'],
    [['plan.yaml', '--cpus', '0.5'], 'a whole number'],
    [['80.yaml'], 'give one with --name'],
    [['none.yaml'], 'no such plan'],
  ])('refuses %j', async (argv, message) => {
    await writeFile(join(folder.path, '80.yaml'), examplePlan);
    const { code, output, progress } = await run(...argv);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(progress).toContain(message);
  });

  it('gives flags that every service and submit know', async () => {
    const { find } = await run('plan.yaml', '--encoders', '1', '--gpus', '1');
    const trainer = (await run('plan.yaml')).find('JobSet');
    await rm(join(folder.path, 'plan.yaml'));
    const containers = [find('JobSet'), trainer].flatMap(listContainers);
    const starts = containers.map(({ args }) => startProgram(folder.path, args).finished);
    for (const [index, { code, stderr }] of (await Promise.all(starts)).entries()) {
      const { name } = containers[index]!;
      expect(code, name).toBe(1);
      // The one thing that is wrong here: there are no such files on this machine.
      expect(stderr, name).toMatch(
        name === 'submit'
          ? /plan\.yaml: no such plan/
          : /^\S+: cannot use \/etc\/holdfast\/access\//m,
      );
    }
  }, 120_000);
});
