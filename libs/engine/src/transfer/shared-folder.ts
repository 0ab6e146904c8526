import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { SharedRing } from '@holdfast/proto/holdfast/tensor/v1/tensor';

/** A ring file of this process. */
export interface OwnRing {
  readonly file: FileHandle;
  readonly message: SharedRing;
  /** Takes the name away; who opened the file keeps it. */
  hide(): Promise<void>;
  /** Gives the memory back. */
  close(): Promise<void>;
}

/** A file has its name for the moment until the other side has opened it; later it is of a process that was killed. */
const staleMs = 60_000;
const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const isName = /^[0-9a-f]{32}$/;
const limits = { pieceBytes: 2 ** 24, pieces: 64, lineBytes: 64 };

/** Makes a ring file in a folder that only this user sees; undefined where there can be none. */
export async function createRing(
  folder: string,
  { pieceBytes, pieces }: Pick<SharedRing, 'pieceBytes' | 'pieces'>,
): Promise<OwnRing | undefined> {
  const name = randomBytes(16).toString('hex');
  const proof = randomBytes(32);
  const path = join(folder, name);
  try {
    await mkdir(folder, { mode: 0o700, recursive: true });
    if (!(await isPrivate(folder))) return undefined;
    await removeStale(folder);
    const file = await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    const hide = () => unlink(path).catch(() => {});
    const close = async () => {
      await hide();
      await file.close();
    };
    try {
      await file.truncate(pieceBytes * pieces);
      await file.write(proof, 0, proof.length, 0);
    } catch {
      await close();
      return undefined;
    }
    return { file, message: { name, proof, pieceBytes, pieces }, hide, close };
  } catch {
    return undefined;
  }
}

/** Opens a ring file of another process; undefined unless this process sees the very same file. */
export async function openRing(
  folder: string,
  { name, proof, pieceBytes, pieces }: SharedRing,
): Promise<FileHandle | undefined> {
  if (!isName.test(name) || proof.length !== 32) return undefined;
  if (pieceBytes === 0 || pieceBytes > limits.pieceBytes) return undefined;
  if (pieceBytes % limits.lineBytes !== 0 || pieces === 0 || pieces > limits.pieces) {
    return undefined;
  }
  let file: FileHandle;
  try {
    if (!(await isPrivate(folder))) return undefined;
    file = await open(join(folder, name), O_RDWR | O_NOFOLLOW);
  } catch {
    return undefined;
  }
  if (await isSame(file, { proof, bytes: pieceBytes * pieces })) return file;
  await file.close();
  return undefined;
}

/** Whether a folder is one, not a link, and this user's alone. */
async function isPrivate(folder: string): Promise<boolean> {
  const status = await lstat(folder);
  return status.isDirectory() && status.uid === process.getuid?.() && (status.mode & 0o77) === 0;
}

async function isSame(
  file: FileHandle,
  { proof, bytes }: { readonly proof: Uint8Array; readonly bytes: number },
): Promise<boolean> {
  const status = await file.stat();
  const isOwn = status.isFile() && status.uid === process.getuid?.() && status.size === bytes;
  if (!isOwn) return false;
  const content = Buffer.alloc(proof.length);
  await file.read(content, 0, content.length, 0);
  return content.equals(proof);
}

async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!isName.test(name)) continue;
    const path = join(folder, name);
    const { mtimeMs } = await lstat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > staleMs) await unlink(path).catch(() => {});
  }
}
