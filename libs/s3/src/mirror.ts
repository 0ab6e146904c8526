import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Fault } from '@holdfast/fault';

/** Where an object or a folder of objects lies. */
export interface ObjectPlace {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the bucket itself. */
  readonly key: string;
}

/** Buckets as S3 names them: these are folder names on every system, and none begins with a dot. */
const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Folder of this machine in which `s3://bucket/key` is `bucket/key`: `HOLDFAST_S3_CACHE`, else in the user's cache. */
function nameRoot(): string {
  const { HOLDFAST_S3_CACHE: named, XDG_CACHE_HOME: cache } = process.env;
  return resolve(named || join(cache || join(homedir(), '.cache'), 'holdfast', 's3'));
}

let known: { readonly name: string; readonly real: string } | undefined;

/** The mirror's real path; undefined where it was never made, so that nothing can lie in it. */
function findRoot(): string | undefined {
  const name = nameRoot();
  if (known?.name !== name) {
    if (!existsSync(name)) return undefined;
    known = { name, real: realpathSync(name) };
  }
  return known.real;
}

/** The mirror's real path; made where there is none. */
export function openRoot(): string {
  mkdirSync(nameRoot(), { recursive: true });
  return findRoot()!;
}

/** Whether a name is an `s3:` URI. */
export function isS3Uri(name: string): boolean {
  return /^s3:/i.test(name);
}

/**
 * The path in the mirror that stands for `s3://bucket/key`. Keys are written as they are, without percent signs, as
 * in AWS's own tools.
 *
 * @throws Fault `invalid` if it is no such URI, or has a key that no path can be: `a//b`, `../a`.
 */
export function toMirrorPath(uri: string): string {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(uri) ?? [];
  if (!bucketPattern.test(bucket)) {
    throw new Fault('invalid', `${uri} names no bucket: write s3://bucket/key`);
  }
  const trimmed = key.replace(/\/$/, '');
  if (!isPathLike(trimmed)) {
    throw new Fault(
      'invalid',
      `${uri} cannot be used: an empty name, "." or ".." between slashes is no path`,
    );
  }
  return join(openRoot(), bucket, ...trimmed.split('/'));
}

/** Whether a key can be a path below a folder. */
export function isPathLike(key: string): boolean {
  if (key === '') return true;
  return key.split('/').every((name) => !['', '.', '..'].includes(name) && !/[\0\\]/.test(name));
}

/** What is not finished, or was computed from other files, has such a name in its path, and stays on this machine. */
const localPattern = /^\..*\.(tmp|old)$|^\.cache$/;

/** What a path in the mirror stands for; undefined of any other path, and of what stays on this machine. */
export function findPlace(path: string): ObjectPlace | undefined {
  const root = findRoot();
  if (root === undefined) return undefined;
  const step = relative(root, resolve(path));
  if (step === '' || step.startsWith('.') || isAbsolute(step)) return undefined;
  const [bucket = '', ...names] = step.split(sep);
  if (names.some((name) => localPattern.test(name))) return undefined;
  return { bucket, key: names.join('/') };
}

/** Whether a path stands for something in an object store. */
export function isMirrored(path: string): boolean {
  return findPlace(path) !== undefined;
}

/** `s3://bucket/key`, for people. */
export function formatPlace({ bucket, key }: ObjectPlace): string {
  return key === '' ? `s3://${bucket}` : `s3://${bucket}/${key}`;
}

/** A path as people name it: `s3://bucket/key` of one in the mirror, any other as it is. */
export function toName(path: string): string {
  const place = findPlace(path);
  return place === undefined ? path : formatPlace(place);
}

/** A text for people, with the paths of the mirror as `s3:` URIs. */
export function nameObjects(text: string): string {
  const root = findRoot();
  return root === undefined ? text : text.replaceAll(`${root}${sep}`, 's3://');
}

/** A path as services name it to one another: `s3://bucket/key` or `file:///folder/file`. */
export function toUri(path: string): string {
  const place = findPlace(path);
  return place === undefined ? pathToFileURL(path).href : formatPlace(place);
}

/** The path that {@link toUri} names so. */
export function fromUri(uri: string): string {
  return isS3Uri(uri) ? toMirrorPath(uri) : fileURLToPath(uri);
}

/** `path.resolve` of names that may be `s3:` URIs. */
export function resolveName(base: string, name: string): string {
  return isS3Uri(name) ? toMirrorPath(name) : resolve(base, name);
}
