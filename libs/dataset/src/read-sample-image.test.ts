import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultImageLimits } from '@holdfast/image';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { formatPlace } from './archives/archive-place.js';
import { prepareSample } from './prepare-sample.js';
import {
  createSampleThumbnail,
  readSampleImage,
  readSampleImageSync,
} from './read-sample-image.js';
import { createPng, makeFolder } from './test-support/test-data.js';

const writeArchive = async (content: string | Uint8Array) => {
  const archive = join(await makeFolder(), 'a.tar');
  await writeFile(archive, content);
  return archive;
};
const limits = { ...defaultImageLimits, fileBytesMax: 5 };

describe('readSampleImage', () => {
  it('reads files, and bytes of archives, in either way', async () => {
    const archive = await writeArchive('0123456789');
    const place = formatPlace({ archive, offset: 3, bytes: 4 });
    for (const [path, text] of [
      [place, '3456'],
      [archive, '0123456789'],
    ] as const) {
      expect(Buffer.from(await readSampleImage(path)).toString()).toBe(text);
      const now = await readSampleImageSync(path, defaultImageLimits);
      expect(Buffer.from(now).toString()).toBe(text);
    }
  });

  it('refuses what is empty, too large, gone or shorter, in either way', async () => {
    const archive = await writeArchive('0123456789');
    const cases = [
      [{ archive, offset: 3, bytes: 0 }, 'invalid', /is empty/],
      [{ archive, offset: 3, bytes: 6 }, 'invalid', /has 6 bytes, more than the limit 5/],
      [{ archive, offset: 8, bytes: 3 }, 'precondition', /became shorter/],
      [{ archive: `${archive}x`, offset: 0, bytes: 1 }, 'not-found', /cannot be read \(ENOENT\)/],
      [{ archive: `${archive}x`, row: 0, column: 'a' }, 'not-found', /cannot be read \(ENOENT\)/],
    ] as const;
    for (const [place, kind, message] of cases) {
      for (const read of [readSampleImage, readSampleImageSync]) {
        const fault = await catchFault(async () => read(formatPlace(place), limits));
        expect(fault).toMatchObject({ kind });
        expect(fault.message).toMatch(message);
      }
    }
  });

  it('lets no run go on with an archive that changed', async () => {
    const archive = await writeArchive(createPng(1, 2, 3));
    const path = formatPlace({ archive, offset: 0, bytes: 60 });
    const request = { path, sha256: '0'.repeat(64), limits: defaultImageLimits };
    const prepare = () => prepareSample({ ...request, preprocessing: {} as never });
    expect(await catchFault(prepare)).toMatchObject({ kind: 'precondition' });
    await truncate(archive, 20);
    expect(await catchFault(prepare)).toMatchObject({ kind: 'precondition' });
  });

  it('makes a picture, and none of what is gone', async () => {
    const content = createPng(10, 20, 30);
    const archive = await writeArchive(Buffer.concat([Buffer.alloc(512), content]));
    const place = { archive, offset: 512, bytes: content.length };
    expect(await createSampleThumbnail(formatPlace(place), 16)).toMatch(/^data:image\/png;base64,/);
    expect(await createSampleThumbnail(formatPlace({ ...place, offset: 600 }), 16)).toBe('');
  });
});
