import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';
import { judgeByName } from '../image-extensions.js';
import { type ArchiveIndex, cellNames, listCandidates } from './archive-index.js';
import { formatPlace } from './archive-place.js';
import { type FileWindow, openWindow } from './file-window.js';
import type { IndexOptions } from './index-options.js';
import { createTarSamples } from './tar-samples.js';
import { type TarMember, walkTar } from './walk-tar.js';

/** Of a label or of a JSON. */
const textBytesMax = 2 ** 20;

/**
 * Finds the samples of a WebDataset's tar: files that share their names up to the first dot, one after another. A
 * sample's image is its file with an image's extension, or the one that `columns.image` names; other columns are
 * files by extension (`cls`, `txt`) or fields of its `json`. Every image is read once, for its hash.
 *
 * @throws Fault `invalid` that names the byte where the tar is damaged, and as `createTarSamples` does.
 */
export async function indexTar(path: string, options: IndexOptions): Promise<ArchiveIndex> {
  const { name, columns, asked = [], signal, onBytes } = options;
  const usual = cellNames.flatMap((cell) => listCandidates(cell, columns));
  const wanted = new Set(['json', ...usual, ...asked]);
  const isImage = (extension: string) =>
    columns.image === undefined
      ? !extension.includes('.') && judgeByName(`image.${extension}`) === 'image'
      : extension === columns.image.toLowerCase();
  const file = await open(path, 'r');
  try {
    const window = openWindow(file, (await file.stat()).size);
    const samples = createTarSamples(options);
    let told = 0;
    for await (const member of walkTar(window, name)) {
      if (signal?.aborted) throw new Fault('cancelled', 'stopped on request');
      const parts = member.isFile ? splitName(member.name) : undefined;
      if (parts === undefined) samples.leaveOut(member.name);
      else {
        const { key, extension } = parts;
        const sample = samples.take(key, extension, member.name);
        if (isImage(extension)) {
          const place = formatPlace({ archive: path, offset: member.offset, bytes: member.bytes });
          const sha256 = await hashMember(window, member);
          samples.addImage(sample, { name: member.name, place, sha256 });
        } else if (wanted.has(extension)) {
          samples.addText(sample, extension, await readText(window, member));
        } else samples.addUnused(extension);
      }
      onBytes?.(member.offset - told);
      told = member.offset;
    }
    onBytes?.(window.size - told);
    return samples.finish();
  } finally {
    await file.close();
  }
}

/** As WebDataset divides a name: the key up to the first dot after the last slash, then the extension in lower case. */
function splitName(name: string): { readonly key: string; readonly extension: string } | undefined {
  const [, key, extension] = /^((?:.*\/)?[^./]+)\.([^/]+)$/s.exec(name) ?? [];
  return key === undefined ? undefined : { key, extension: extension!.toLowerCase() };
}

async function hashMember(file: FileWindow, { offset, bytes }: TarMember): Promise<string> {
  const hash = createHash('sha256');
  for (let done = 0; done < bytes; ) {
    const piece = await file.readSome(offset + done, bytes - done);
    hash.update(piece);
    done += piece.length;
  }
  return hash.digest('hex');
}

/** A small file's text; undefined where it is too large or not UTF-8. */
async function readText(
  file: FileWindow,
  { offset, bytes }: TarMember,
): Promise<string | undefined> {
  if (bytes > textBytesMax) return undefined;
  try {
    const content = await file.read(offset, bytes);
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
