import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifestHeader, type StreamOptions, streamManifest } from './stream-manifest.js';
import { makeFolder } from './test-support/test-data.js';

async function read(text: string | Uint8Array, options?: StreamOptions) {
  const path = join(await makeFolder(), 'm.csv');
  await writeFile(path, text);
  const header = await readManifestHeader(path);
  const batches = [];
  for await (const batch of streamManifest(path, header, options)) batches.push(batch);
  return { header, batches, rows: batches.flat() };
}

describe('streamManifest', () => {
  it('gives rows with their lines, and finds the columns by their names', async () => {
    const { header, rows } = await read(
      '\ufefffilepath\ttitle\tweather\na.png\t"stop,\nall way"\tfog\n\nb.png\tyield\t\n',
    );
    expect(header).toMatchObject({
      delimiter: '\t',
      columns: { path: 0, label: 1 },
      others: [{ name: 'weather', index: 2 }],
    });
    expect(rows).toEqual([
      { line: 3, record: ['a.png', 'stop,\nall way', 'fog'] },
      { line: 5, record: ['b.png', 'yield', ''] },
    ]);
  });

  it('hands rows over some thousand at a time, and leaves their lines out where told', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${i}.png,stop`);
    const { batches, rows } = await read(`path,label\n${lines.join('\n')}`, { countsLines: false });
    expect(batches.map((batch) => batch.length)).toEqual([2048, 2048, 904]);
    expect(rows[4999]).toEqual({ line: 0, record: ['4999.png', 'stop'] });
  });

  it('refuses a file that is not UTF-8, also far below its header', async () => {
    const latin = Buffer.concat([
      Buffer.from(`path,label\n${'a.png,stop\n'.repeat(50_000)}`),
      Buffer.from('b.png,caf\xe9\n', 'latin1'),
    ]);
    await expect(read(latin)).rejects.toThrow('m.csv is not UTF-8: save it as UTF-8');
  });

  it('refuses a quote that is never closed, and a header without a label', async () => {
    await expect(read('path,label\n"a.png,stop\n')).rejects.toThrow('m.csv is not CSV');
    await expect(read('path,class\na.png,stop\n')).rejects.toThrow('expected path,label');
  });

  it('stops on request', async () => {
    const abort = new AbortController();
    abort.abort();
    const rows = 'a.png,stop\n'.repeat(3000);
    await expect(read(`path,label\n${rows}`, { signal: abort.signal })).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });
});
