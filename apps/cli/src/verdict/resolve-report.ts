import { mkdir, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { isMirrored, resolveName } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';

/**
 * Finds where a report is to be written, before anything is computed for it.
 *
 * @throws Fault `invalid` if it can be no file, or is no HTML file by its name, so that no plan and no
 *   manifest is written over by mistake.
 */
export function resolveReport(name: string, cwd: string): Promise<string> {
  return resolveWritten('--report', { name, extension: '.html' }, cwd);
}

/**
 * Finds where a file is to be written, and makes its folder, before anything is computed for it.
 *
 * @throws Fault `invalid` if it is a folder, has another extension, or there can be no folder for it.
 */
export async function resolveWritten(
  option: string,
  { name, extension }: { readonly name: string; readonly extension?: string },
  cwd: string,
): Promise<string> {
  const path = resolveName(cwd, name);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    throw new Fault('invalid', `${option}: ${name} is a folder; name a file in it`);
  }
  if (extension !== undefined && extname(path) !== extension) {
    throw new Fault('invalid', `${option}: ${name} must end in ${extension}`);
  }
  if (isMirrored(path)) return path;
  await mkdir(dirname(path), { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    const message = `${option}: there can be no folder for ${name} (${cause.code})`;
    throw new Fault('invalid', message, { cause });
  });
  return path;
}
