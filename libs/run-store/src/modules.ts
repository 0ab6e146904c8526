import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, writeFileAtomic } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import type { RunOrigin } from './origin.js';
import type { RunFolder } from './run-folder.js';

/** An objective or a constraint of the user's own: one ES module with all that it imports. */
export interface KeptModule {
  /** Of its file, in messages. */
  readonly name: string;
  readonly source: string;
  /** Of `source` in UTF-8, hexadecimal. */
  readonly sha256: string;
}

/** The modules of a run, by their paths as the plan has them. */
export type RunModules = ReadonlyMap<string, KeptModule>;

/** What `origin.json` says of modules; undefined where there are none. */
export function describeModules(modules: RunModules): RunOrigin['modules'] {
  if (modules.size === 0) return undefined;
  return [...modules].map(([path, { name, sha256: hash }]) => ({ path, name, sha256: hash }));
}

/** Keeps modules in a run's folder: a run that is resumed goes on with them, whatever became of their files. */
export async function writeModules(folder: RunFolder, modules: RunModules): Promise<void> {
  if (modules.size > 0) await mkdir(folder.modules, { recursive: true });
  for (const module of modules.values()) {
    await writeFileAtomic(locate(folder, module), module.source);
  }
}

/**
 * Reads the modules that a run began with.
 *
 * @throws Fault `precondition` if one is missing or was changed.
 */
export async function readModules(
  folder: RunFolder,
  kept: RunOrigin['modules'] = [],
): Promise<RunModules> {
  const modules = await Promise.all(
    kept.map(async ({ path, ...module }) => {
      const source = await readFile(locate(folder, module), 'utf8').catch(() => undefined);
      if (source !== undefined && sha256(source) === module.sha256) {
        return [path, { ...module, source }] as const;
      }
      const message = `${locate(folder, module)}, which is ${module.name}, is missing or was changed`;
      throw new Fault('precondition', `${message}; run the plan again in a new folder`);
    }),
  );
  return new Map(modules);
}

function locate({ modules }: RunFolder, { sha256: hash }: Pick<KeptModule, 'sha256'>): string {
  return join(modules, `${hash}.mjs`);
}
