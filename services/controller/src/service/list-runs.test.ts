import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ListRunsRequest,
  type ListRunsRequest as Request,
  type Run,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listRuns, readAnyRun } from './list-runs.js';

describe('listRuns', () => {
  let runsPath: string;
  beforeEach(async () => {
    runsPath = await mkdtemp(join(tmpdir(), 'holdfast-list-'));
    for (let i = 0; i < 7; i += 1) await store(i);
  });
  afterEach(() => rm(runsPath, { recursive: true }));

  /** A run submitted in second i; every third one failed, two at once share their second. */
  async function store(i: number) {
    const path = join(runsPath, `run-${i}`);
    await mkdir(path);
    const createdAt = new Date(1e12 + Math.floor(i / 2) * 1000).toISOString();
    const labels = { parity: i % 2 === 0 ? 'even' : 'odd' };
    const origin = { runId: `r${i}`, planName: 'plan.yaml', basePath: '/', createdAt, labels };
    await writeFile(join(path, 'origin.json'), JSON.stringify(origin));
    const plan = { model: 'm', data: {}, target: { class: 'a' } };
    await writeFile(join(path, 'plan.yaml'), JSON.stringify(plan));
    if (i % 3 !== 0) return;
    const stop = { event: 'run.stopped', state: 'failed', kind: 'internal', message: 'x' };
    await writeFile(join(path, 'journal.jsonl'), `${JSON.stringify(stop)}\n`);
  }

  function list(request: Partial<Request> = {}) {
    return listRuns(ListRunsRequest.fromPartial(request), runsPath, []);
  }

  async function listAll(request: Partial<Request>) {
    const pages: string[][] = [];
    let pageToken = '';
    do {
      const page = await list({ ...request, pageToken });
      pages.push(page.runs.map(({ runId }) => runId));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return pages;
  }

  it('gives every run once, newest first, in pages of the asked size', async () => {
    const newestFirst = ['r6', 'r4', 'r5', 'r2', 'r3', 'r0', 'r1'];
    expect(await listAll({})).toEqual([newestFirst]);
    expect(await listAll({ pageSize: 3 })).toEqual([
      newestFirst.slice(0, 3),
      newestFirst.slice(3, 6),
      newestFirst.slice(6),
    ]);
  });

  it('goes on where a page ended though runs come and go meanwhile', async () => {
    const { nextPageToken } = await list({ pageSize: 2 });
    await store(9);
    await rm(join(runsPath, 'run-4'), { recursive: true });
    const { runs } = await list({ pageSize: 2, pageToken: nextPageToken });
    expect(runs.map(({ runId }) => runId)).toEqual(['r5', 'r2']);
  });

  it('leaves out a run that goes while it lists', async () => {
    const path = join(runsPath, 'run-5');
    const present = (run: Run) => {
      if (run.runId === 'r4') rmSync(path, { recursive: true });
      return run;
    };
    const { runs } = await listRuns(ListRunsRequest.fromPartial({}), runsPath, [], present);
    expect(runs.map(({ runId }) => runId)).toEqual(['r6', 'r4', 'r2', 'r3', 'r0', 'r1']);
    expect(await readAnyRun(path)).toBeUndefined();
  });

  it('lets pass what all filters let pass', async () => {
    const states = [RunState.RUN_STATE_FAILED];
    expect((await listAll({ states })).flat()).toEqual(['r6', 'r3', 'r0']);
    const labels = { parity: 'even' };
    expect((await listAll({ states, labels, pageSize: 1 })).flat()).toEqual(['r6', 'r0']);
    expect((await listAll({ labels: { constructor: '' } })).flat()).toEqual([]);
  });

  it('refuses a token that is none, or of other filters', async () => {
    const { nextPageToken } = await list({ pageSize: 1 });
    const other = { pageToken: nextPageToken, labels: { parity: 'even' } };
    const json = Buffer.from('{}').toString('base64url');
    for (const request of [other, { pageToken: 'x' }, { pageToken: json }]) {
      await expect(list(request)).rejects.toMatchObject({
        kind: 'invalid',
        violations: [expect.objectContaining({ field: 'page_token' })],
      });
    }
  });

  it('refuses filters beyond their limits', async () => {
    const states = Array.from({ length: 33 }, () => RunState.RUN_STATE_FAILED);
    await expect(list({ states, labels: { 'not a key': '' } })).rejects.toMatchObject({
      violations: [{ field: 'states' }, { field: 'labels' }],
    });
  });
});
