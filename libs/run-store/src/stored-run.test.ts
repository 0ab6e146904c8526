import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveName, writeFileAtomic } from '@holdfast/artifacts';
import {
  type FaultyProxy,
  hasS3Server,
  type S3Server,
  startFaultyProxy,
  startS3Server,
} from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { claimRunFolder } from './claim-run-folder.js';
import { pullRun, pullRunFile } from './pull-run.js';
import { queueRun } from './queue-run.js';
import { describeRunFolder } from './run-folder.js';
import { openRunJournal } from './run-journal.js';
import { leaseRun } from './run-lease.js';

describe.skipIf(!hasS3Server)('a run in an object store', () => {
  let server: S3Server;
  let proxy: FaultyProxy;
  beforeAll(async () => {
    server = await startS3Server();
    await server.addBucket('runs');
    proxy = await startFaultyProxy(server.port);
    const environment = { ...server.environment(), AWS_ENDPOINT_URL: proxy.endpoint };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await proxy?.close();
    await server?.close();
  });
  const inStore = (name: string) => join(server.folder, 'runs', name);

  it.each([
    ['lists', /^GET .*list-type=2&prefix=fog/],
    ['reads', /^GET .*journal\.jsonl/],
  ])('keeps its journal while another %s it that began before', async (what, request) => {
    const name = `fog-${what}`;
    await mkdir(inStore(name));
    const entry = (day: number) =>
      ({ event: 'run.queued', at: `2026-01-0${day}T00:00:00.000Z` }) as const;
    await writeFile(inStore(`${name}/journal.jsonl`), `${JSON.stringify(entry(1))}\n`);
    const folder = describeRunFolder(resolveName('.', `s3://runs/${name}`));
    const answer = proxy.hold(request);
    const reading = pullRun(folder);
    await answer.reached;
    const lease = await leaseRun(folder);
    const journal = await openRunJournal(folder, lease.requireHeld);
    await journal.append(entry(2));
    await writeFile(join(folder.path, '.verdict.tmp'), '');
    answer.release();
    await reading;
    expect(await readdir(folder.path)).toContain('.verdict.tmp');
    await journal.append(entry(3));
    await journal.close();
    await lease.release();
    const stored = await readFile(inStore(`${name}/journal.jsonl`), 'utf8');
    expect(
      stored
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([1, 2, 3].map(entry));
  });

  it('keeps its journal while that is asked for between a line and its upload', async () => {
    const folder = describeRunFolder(resolveName('.', 's3://runs/asked'));
    const entry = { event: 'run.queued', at: '2026-01-02T00:00:00.000Z' } as const;
    const lease = await leaseRun(folder);
    const journal = await openRunJournal(folder, lease.requireHeld);
    const answer = proxy.hold(/^PUT .*journal\.jsonl/);
    const appended = journal.append(entry);
    await answer.reached;
    await pullRunFile(folder, folder.journal);
    answer.release();
    await appended;
    await journal.append(entry);
    await journal.close();
    await lease.release();
    expect((await readFile(inStore('asked/journal.jsonl'), 'utf8')).split('\n')).toHaveLength(3);
  });

  it('stays that of who took it over here when its former owner gives it back', async () => {
    const folder = describeRunFolder(resolveName('.', 's3://runs/taken'));
    const writer = join(folder.path, '.writer');
    await (await leaseRun(folder)).release();
    await expect(readFile(writer)).rejects.toThrow('ENOENT');
    const former = await leaseRun(folder);
    const successor = JSON.stringify({ host: 'here', processId: 7 });
    await writeFile(writer, successor);
    await former.release();
    expect(await readFile(writer, 'utf8')).toBe(successor);
  });

  it('keeps what its submission is about to put into the store while another reads it', async () => {
    const folder = describeRunFolder(resolveName('.', 's3://runs/submitted'));
    await queueRun(folder, {
      async write() {
        await writeFile(folder.plan, 'steps: 4');
        await pullRun(folder);
      },
    });
    expect(await readFile(folder.plan, 'utf8')).toBe('steps: 4');
  });

  /** Puts objects into the store as if a minute ago. */
  async function leave(run: string, names: readonly string[]): Promise<void> {
    const before = new Date(Date.now() - 60_000);
    for (const name of names) {
      await writeFileAtomic(resolveName('.', `s3://runs/${run}/${name}`), name);
      await utimes(inStore(`${run}/${name}`), before, before);
    }
  }
  const claim = (run: string) =>
    claimRunFolder(resolveName('.', `s3://runs/${run}`), [resolveName('.', 's3://runs')]);
  const left = ['.claim', 'journal.jsonl', 'lease/term-1', 'modules/a.mjs', 'plan.yaml'];

  it('is given the folder of a submission that was killed before it was a run', async () => {
    await leave('killed', left);
    const answer = proxy.hold(/list-type=2/);
    const late = claim('killed');
    await answer.reached;
    await claim('killed');
    answer.release();
    await expect(late).rejects.toThrow('is taken already');
    expect(await readdir(inStore('killed'))).toEqual(['.claim']);
    await expect(claim('killed')).rejects.toThrow(
      's3://runs/killed holds a run that is being submitted, or whose process was killed meanwhile: try again in 10 seconds',
    );
  });

  it.each([
    ['run', [...left, 'origin.json']],
    ['images', [...left, 'notes.txt']],
    ['plan', ['plan.yaml', 'journal.jsonl']],
  ])('is not given a folder with another %s', async (name, names) => {
    await leave(name, names);
    await expect(claim(name)).rejects.toThrow('is not empty; resume its run or name another');
    expect(await readdir(inStore(name), { recursive: true })).toEqual(
      expect.arrayContaining([...names]),
    );
  });
});
