import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The packages of a workspace in the order of their folders: `proto`, then `libs/*`, `services/*`, `apps/*`.
 *
 * @param root the workspace's folder
 * @returns `folder`, relative to the root with slashes, and `manifest`, its package.json, of each
 */
export function readPackages(root) {
  const folders = ['proto'];
  for (const parent of ['libs', 'services', 'apps']) {
    if (!existsSync(join(root, parent))) continue;
    for (const name of readdirSync(join(root, parent)).sort()) folders.push(`${parent}/${name}`);
  }
  return folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
    }));
}
