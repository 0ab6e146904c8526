import { dirname } from 'node:path';
import { toName } from '@holdfast/artifacts';
import type { RunFolder } from '@holdfast/run-store';

/** Folder of the encoder's pixels and features of a run, beside it, as every service can read the name. */
export function nameCache({ path }: RunFolder): string {
  return `${toName(dirname(path))}/.cache`;
}
