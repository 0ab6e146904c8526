import { parse } from 'node:path';

/**
 * The folders that hosted services see: whoever started this process may read and write what the system lets
 * them; a plan's data stay confined to its data root.
 */
export function machineRoots(): string[] {
  return [parse(process.cwd()).root];
}
