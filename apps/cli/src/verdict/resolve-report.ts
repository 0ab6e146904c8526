import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { resolveName } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';

/**
 * Finds where a report is to be written, before anything is computed for it.
 *
 * @throws Fault `invalid` if it is a folder or no HTML file by its name, so that no plan and no
 *   manifest is written over by mistake.
 */
export async function resolveReport(name: string, cwd: string): Promise<string> {
  const path = resolveName(cwd, name);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    throw new Fault('invalid', `--report: ${name} is a folder; name a file in it`);
  }
  if (extname(path) !== '.html') {
    throw new Fault('invalid', `--report: ${name} must end in .html`);
  }
  return path;
}
