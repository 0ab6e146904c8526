import { Fault } from '@holdfast/fault';
import {
  type ControllerServiceClient,
  Run,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { describe, expect, it } from 'vitest';
import { findRun } from './find-run.js';

const runs = [
  Run.fromPartial({ runId: '17a26784-aa', runUri: 'file:///runs/plan-17a26784' }),
  Run.fromPartial({ runId: '17a29999-bb', runUri: 'file:///runs/fog-17a29999' }),
  Run.fromPartial({ runId: 'cccc0000-dd', runUri: 'file:///elsewhere/fog' }),
];

/** Lists one run a page. */
const controller = {
  async getRun({ runId }: { runId: string }) {
    const run = runs.find((known) => known.runId === runId);
    if (run === undefined) throw new Fault('not-found', 'no such run');
    return { run };
  },
  async listRuns({ pageToken }: { pageToken: string }) {
    const at = Number(pageToken);
    return { runs: [runs[at]!], nextPageToken: at + 1 < runs.length ? String(at + 1) : '' };
  },
} as unknown as ControllerServiceClient;

describe('findRun', () => {
  it.each([
    ['17a26784-aa', 0],
    ['17a26', 0],
    ['fog-17a29999', 1],
    ['runs/fog-17a29999', 1],
    ['fog', 2],
  ])('knows which run %s is', async (name, index) => {
    expect(await findRun(controller, name)).toBe(runs[index]);
  });

  it.each([
    ['17a2', 'invalid', 'name one by its id: 17a26784-aa, 17a29999-bb'],
    ['plan-17a26785', 'not-found', 'is it plan-17a26784?'],
    ['cc', 'not-found', 'list shows those it knows'],
  ])('refuses %s', async (name, kind, message) => {
    const refused = findRun(controller, name);
    await expect(refused).rejects.toMatchObject({
      kind,
      message: expect.stringContaining(message),
    });
  });
});
