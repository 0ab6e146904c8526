import { Fault } from '@holdfast/fault';
import { Header, Pax } from 'tar';
import type { FileWindow } from './file-window.js';

/** Something that a tar holds, folders left out. */
export interface TarMember {
  /** With forward slashes, and without `./` in front. It is never a path of this machine: nothing is unpacked. */
  readonly name: string;
  /** A link or a device is none. */
  readonly isFile: boolean;
  /** Where its content begins. */
  readonly offset: number;
  readonly bytes: number;
}

/** Headers and contents begin at multiples of it. */
const blockBytes = 512;
const membersMax = 20_000_000;
/** Of an extended header: a long name. */
const extensionBytesMax = 2 ** 16;

const filled = (bytes: number) => Math.ceil(bytes / blockBytes) * blockBytes;

/**
 * Walks through a tar (ustar, GNU and pax) by its headers; contents are not read.
 *
 * @param name what to call it in messages
 * @throws Fault `invalid` that names the byte where it is damaged or cut off, is compressed, or holds too much.
 */
export async function* walkTar(file: FileWindow, name: string): AsyncGenerator<TarMember> {
  await refuseCompressed(file, name);
  let extended: Pax | undefined;
  let longName: string | undefined;
  let count = 0;
  for (let start = 0; ; ) {
    if (start + blockBytes > file.size) {
      refuse(name, `ends at byte ${file.size} without the mark of a tar's end`, cutOff);
    }
    const header = new Header(await file.read(start, blockBytes), 0, extended);
    if (header.nullBlock) return requireEnd(file, start, name);
    const { size: bytes } = header;
    if (!header.cksumValid || bytes === undefined || !Number.isSafeInteger(bytes)) {
      refuse(name, `is damaged at byte ${start}, where a file's header should be`, copyAgain);
    }
    const offset = start + blockBytes;
    const path = longName ?? header.path ?? '';
    if (offset + bytes > file.size) {
      refuse(name, `ends at byte ${file.size}, within ${path}, which begins at ${start}`, cutOff);
    }
    start = offset + filled(bytes);
    const { type } = header;
    if (type === 'ExtendedHeader') {
      extended = Pax.parse(await readExtension(file, { offset, bytes, name }), extended);
    } else if (type === 'NextFileHasLongPath' || type === 'OldGnuLongPath') {
      longName = (await readExtension(file, { offset, bytes, name })).replace(/\0.*$/s, '');
    } else if (type !== 'GlobalExtendedHeader' && type !== 'NextFileHasLongLinkpath') {
      extended = undefined;
      longName = undefined;
      count += 1;
      if (count > membersMax) refuse(name, `holds more than ${membersMax} files`, 'divide it');
      const isFile = type === 'File' || type === 'OldFile' || type === 'ContiguousFile';
      if (type !== 'Directory') yield { name: path.replace(/^(\.\/)+/, ''), isFile, offset, bytes };
    }
  }
}

const copyAgain = 'copy it again, or make it anew';
const cutOff = `it was cut off: ${copyAgain}`;

function refuse(name: string, what: string, todo: string): never {
  throw new Fault('invalid', `${name} ${what}; ${todo}`);
}

async function readExtension(
  file: FileWindow,
  { offset, bytes, name }: { offset: number; bytes: number; name: string },
): Promise<string> {
  if (bytes > extensionBytesMax) {
    refuse(name, `has a name of ${bytes} bytes at byte ${offset}`, 'give its files shorter names');
  }
  return (await file.read(offset, bytes)).toString('utf8');
}

/** Nothing but zeros follows the end: what stood behind it would be lost without a word. */
async function requireEnd(file: FileWindow, end: number, name: string): Promise<void> {
  for (let position = end; position < file.size; ) {
    const rest = await file.readSome(position, file.size - position);
    const other = rest.findIndex((byte) => byte !== 0);
    if (other >= 0) {
      const place = position + other;
      refuse(
        name,
        `goes on at byte ${place} behind its end at ${end}`,
        'make one tar of each part',
      );
    }
    position += rest.length;
  }
}

const compressions: readonly (readonly [name: string, magic: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
];

/** In a compressed tar nothing has a place of its own. */
async function refuseCompressed(file: FileWindow, name: string): Promise<void> {
  const first = await file.read(0, Math.min(5, file.size));
  const found = compressions.find(([, magic]) => magic.every((byte, i) => first[i] === byte));
  if (found === undefined) return;
  refuse(name, `is compressed by ${found[0]}`, 'decompress it: images gain nothing by it');
}
