import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServingServiceDefinition } from '@holdfast/proto/holdfast/serving/v1/serving';
import { defineService, type RunningServer, startServer } from '@holdfast/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

const judged = 'a'.repeat(64);

describe('holdfast promote', () => {
  let folder: string;
  let encoder: RunningServer;
  let loadedSha256 = judged;
  let loadedBefore: object[] = [];
  const unloaded: unknown[] = [];
  const aliases: unknown[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-promote-'));
    await mkdir(join(folder, 'run'));
    await writeFile(join(folder, 'token'), 'secret\n');
    const candidate = { sha256: judged, version: 'v', step: 1, average: false, alpha: 1 };
    const verdict = {
      ...{ schema: 'holdfast.verdict/1', outcome: 'RETAINED', reason: '', candidate },
      ...{ devSafetyAccuracy: 0, target: [], protected: [] },
    };
    await writeFile(join(folder, 'run/verdict.json'), JSON.stringify(verdict));
    const services = {
      ...Object.fromEntries(
        Object.keys(ServingServiceDefinition.methods).map((name) => [name, async () => ({})]),
      ),
      loadModel: async () => ({
        model: { model: 'signs', version: '2', modelSha256: loadedSha256 },
      }),
      listModels: async () => ({ models: loadedBefore }),
      async unloadModel({ version }: { version: string }) {
        unloaded.push(version);
        throw new Error("the alias 'canary' names version '2'");
      },
      async setAlias({ alias }: { alias: unknown }) {
        aliases.push(alias);
        return {};
      },
    };
    encoder = await startServer({
      services: [defineService(ServingServiceDefinition, services as never)],
      token: 'secret',
    });
  });
  afterAll(async () => {
    await encoder.close();
    await rm(folder, { recursive: true });
  });

  async function promote(serving: string, environment = {}, ...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder, environment });
    const to = ['--serving', serving, '--model', 'signs'];
    return {
      code: await runCli(['promote', 'run', ...to, ...argv], terminal),
      ...terminal.written,
    };
  }

  it('speaks to an encoder as every command speaks to a service', async () => {
    const token = { HOLDFAST_TOKEN_PATH: 'token' };
    const promoted = await promote(encoder.address, token);
    expect(promoted.output).toBe(`champion is signs 2 at ${encoder.address}\n`);
    expect(aliases).toEqual([expect.objectContaining({ alias: 'champion', version: '2' })]);

    const other = 'encoder.invalid:50051';
    const files = ['--certificate-path', 'none.pem', '--private-key-path', 'none.key'];
    expect((await promote(other, {}, ...files)).progress).toContain('none.pem');
    expect((await promote(other)).progress).toContain('is another machine');
  });

  it('says that the weights are others, also where an alias keeps their version', async () => {
    loadedSha256 = 'b'.repeat(64);
    const { code, progress } = await promote(encoder.address, {}, '--token-path', 'token');
    expect(code).toBe(1);
    expect(progress).toContain('are not those that were judged');
    expect(aliases).toHaveLength(1);
    expect(unloaded).toEqual(['2']);
  });

  it('unloads nothing that was loaded before it came', async () => {
    loadedBefore = [{ model: 'signs', version: '2' }];
    unloaded.length = 0;
    const { code } = await promote(encoder.address, {}, '--token-path', 'token');
    expect(code).toBe(1);
    expect(unloaded).toEqual([]);
  });
});
