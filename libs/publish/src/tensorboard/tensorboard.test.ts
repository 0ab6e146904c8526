import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishRun } from '../publish-run.js';
import { beginRun, endRun, writeSteps } from '../test-support/write-run.js';
import { crc32c } from './crc32c.js';
import { encodeScalars, readTrainingStep } from './event.js';
import { createTensorboardListener } from './tensorboard-listener.js';
import { encodeRecord, readRecord } from './tf-record.js';

describe('crc32c', () => {
  // RFC 3720, B.4.
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['digits', Buffer.from('123456789'), 0xe3069283],
  ])('has the standard value of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});

describe('a record', () => {
  it('is read back, and not where a byte is wrong or missing', () => {
    const record = Buffer.from(encodeRecord(Buffer.from('hold fast')));
    expect(Buffer.from(readRecord(record, 0)!.data).toString()).toBe('hold fast');
    expect(readRecord(record.subarray(0, -1), 0)).toBeUndefined();
    for (const place of [0, 9, 14, record.length - 1]) {
      const damaged = Buffer.from(record);
      damaged[place]! ^= 1;
      expect(readRecord(damaged, 0)).toBeUndefined();
    }
  });
});

describe('an event', () => {
  it('says the step that it has the metrics of', () => {
    expect(
      readTrainingStep(
        encodeScalars(0, 300, [
          ['penalty', 1],
          ['objective', 2],
        ]),
      ),
    ).toBe(300);
    expect(readTrainingStep(encodeScalars(0, 300, [['constraint/objective', 1]]))).toBeUndefined();
  });
});

describe('the listener', () => {
  let logs = '';
  let run = '';
  beforeAll(async () => {
    logs = await mkdtemp(join(tmpdir(), 'holdfast-tensorboard-'));
  });
  afterAll(async () => {
    await rm(logs, { recursive: true });
    await rm(run, { recursive: true });
  });

  it('writes the same file in parts, after a torn end, and once more', async () => {
    const folder = await beginRun();
    run = folder.path;
    const listener = createTensorboardListener(logs);
    await writeSteps(folder, 4);
    await endRun(folder);
    await publishRun(folder.path, listener);
    const path = join(logs, 'signs-1a2b', 'events.out.tfevents.1767323045.holdfast');
    const whole = await readFile(path);
    await publishRun(folder.path, createTensorboardListener(logs));
    expect(await readFile(path)).toEqual(whole);
    for (const length of [0, 10, 60, 500, whole.length - 3]) {
      await truncate(path, length);
      await publishRun(folder.path, createTensorboardListener(logs));
      expect(await readFile(path)).toEqual(whole);
    }
    // Garbage behind what is whole is cut off, too.
    await writeFile(path, Buffer.concat([whole, Buffer.from('garbage')]));
    await publishRun(folder.path, createTensorboardListener(logs));
    expect(await readFile(path)).toEqual(whole);
  });
});
