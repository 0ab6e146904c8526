import { openBucket, resolveName } from '@holdfast/s3';
import { hasS3Server, type S3Server, startS3Server } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openJournal } from './open-journal.js';

describe.skipIf(!hasS3Server)('a journal in an object store', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server();
    await server.addBucket('runs');
    for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.close();
  });

  it.each([true, false])(
    'keeps what another wrote since its lease was lost, in place: %s',
    async (inPlace) => {
      const key = `ledger-${inPlace}.jsonl`;
      const store = openBucket('runs');
      await store.write(key, '{"line":1}\n');
      let left = Number.POSITIVE_INFINITY;
      const fence = async () => {
        left -= 1;
        if (left < 0) throw new Error('taken over');
      };
      const path = resolveName('.', `s3://runs/${key}`);
      // As whoever has the lease of a run brings it.
      if (!inPlace) await (await openJournal(path)).close();
      const journal = await openJournal(path, fence, { inPlace });
      await journal.append({ line: 2 });
      expect((await store.read(key))?.text).toBe('{"line":1}\n{"line":2}\n');
      // It stands still between its question and its upload, and somebody else takes over meanwhile.
      await store.write(key, '{"line":1}\n{"line":2}\n{"line":"theirs"}\n');
      left = 1;
      await expect(journal.append({ line: 3 })).rejects.toThrow('taken over');
      expect((await store.read(key))?.text).toContain('theirs');
      await journal.close();
    },
  );
});
