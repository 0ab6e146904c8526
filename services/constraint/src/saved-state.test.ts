import { isFault } from '@holdfast/fault';
import {
  type ConstraintServiceClient,
  Drive,
  Penalty,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { describe, expect, it } from 'vitest';
import { exactNumber, formatExact } from './exact-number.js';
import { createBatch, createClient, openRun, startRun } from './test-support/constraint-service.js';

const exportState = async (client: ConstraintServiceClient) =>
  Buffer.from((await client.exportState({ runId: 'run' })).state);

/** A state changed as JSON. */
function change(state: Buffer, edit: (json: Record<string, never>) => void): Buffer {
  const json = JSON.parse(state.toString());
  edit(json);
  return Buffer.from(JSON.stringify(json));
}

describe('a resumed run', () => {
  it.each([
    ['augmented Lagrangian', { penalty: Penalty.PENALTY_AUGMENTED_LAGRANGIAN, dualPeriodSteps: 2 }],
    ['calibrated loss', { drive: Drive.DRIVE_CALIBRATED_LOSS }],
    ['flips', { drive: Drive.DRIVE_FLIPS, penalty: Penalty.PENALTY_HINGE }],
    ['measured', { drive: Drive.DRIVE_MEASURED }],
  ])('with %s answers in every bit as one that was not interrupted', async (_, changes) => {
    const uninterrupted = await startRun(changes);
    for (let step = 0; step < 3; step += 1) {
      await uninterrupted.estimate({ runId: 'run', step, ...createBatch(2 + step) });
    }
    if ('drive' in changes && changes.drive === Drive.DRIVE_MEASURED) {
      const measured = [{ task: 0, accuracyChange: -0.013, standardError: 0.007 }];
      await uninterrupted.updateMultipliers({ runId: 'run', step: 2, changes: measured });
    }
    const state = await exportState(uninterrupted);
    const resumed = createClient();
    await openRun(resumed, changes);
    await resumed.importState({ runId: 'run', state });
    expect(await exportState(resumed)).toEqual(state);
    // The last step again, and new ones; the references came with the state.
    for (let step = 2; step < 5; step += 1) {
      const request = { runId: 'run', step, ...createBatch(2 + step) };
      expect(await resumed.estimate(request)).toEqual(await uninterrupted.estimate(request));
    }
    expect(await exportState(resumed)).toEqual(await exportState(uninterrupted));
  });

  it('goes back to a checkpoint in the same service', async () => {
    const client = await startRun();
    await client.estimate({ runId: 'run', step: 0, ...createBatch(2) });
    const state = await exportState(client);
    const request = { runId: 'run', step: 1, ...createBatch(3) };
    const first = await client.estimate(request);
    await client.estimate({ runId: 'run', step: 2, ...createBatch(4) });
    await client.importState({ runId: 'run', state });
    expect(await client.estimate(request)).toEqual(first);
  });
});

describe('ImportState refuses', () => {
  const damages: [string, (state: Buffer) => Buffer, string][] = [
    ['half a state', (state) => state.subarray(0, 40), 'must be JSON in UTF-8'],
    ['bytes that are not UTF-8', () => Buffer.of(0xff, 0xfe), 'must be JSON in UTF-8'],
    [
      'an unknown format',
      (state) => change(state, (json) => Object.assign(json, { format: 2 })),
      'state.format',
    ],
    [
      'a number that was not exported so',
      (state) => change(state, (json) => Object.assign(json, { temperatures: ['0.10', 'ten'] })),
      'state.temperatures.0 is not a float64 as it was exported; state.temperatures.1',
    ],
    [
      'another number of tasks',
      (state) => change(state, (json) => Object.assign(json, { temperatures: ['0.1'] })),
      'state.temperatures must have 2 elements, has 1',
    ],
    [
      'records of unequal lengths without a temperature',
      (state) =>
        change(state, (json) =>
          Object.assign(json, {
            temperatures: ['NaN', '0.1'],
            references: [
              { samples: [1], losses: [], smoothedErrors: [], right: [] },
              { samples: [], losses: [], smoothedErrors: [], right: [] },
            ],
          }),
        ),
      'state.references.0.losses must have 1 elements, has 0',
    ],
  ];

  it.each(damages)('%s and keeps what it has', async (_, damage, message) => {
    const client = await startRun();
    await client.estimate({ runId: 'run', step: 0, ...createBatch(2) });
    const state = await exportState(client);
    const call = client.importState({ runId: 'run', state: damage(state) });
    await expect(call).rejects.toSatisfy(
      (error) => isFault(error) && error.kind === 'invalid' && error.message.includes(message),
    );
    expect(await exportState(client)).toEqual(state);
  });

  it('the state of a run with other settings', async () => {
    const state = await exportState(await startRun());
    const other = await startRun({ penaltyCoefficient: 6 });
    await expect(other.importState({ runId: 'run', state })).rejects.toThrow(
      "the state is of a run with other tasks or settings than run 'run'",
    );
  });
});

describe('an exact number', () => {
  it.each([0.1, 1 / 3, -0, 5e-324, -1.7976931348623157e308, Number.NaN, Infinity, 1e21, 123456789])(
    '%d reads back as the same bits',
    (value) => {
      expect(Object.is(exactNumber.parse(formatExact(value)), value)).toBe(true);
    },
  );

  it.each(['', ' 1', '1.0', '0x10', '1e999', 'x'.repeat(100)])('refuses %o', (text) => {
    expect(exactNumber.safeParse(text).success).toBe(false);
  });
});
