import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { confinePath, pullFolder, resolveName, toUri } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import type { LoadServed } from './load-model.js';
import { isServedName } from './served-name.js';

/** A model that may be loaded by its name. */
export interface ListedModel {
  readonly model: string;
  /** Empty: from the weights' hash. */
  readonly version: string;
  readonly path: string;
}

/** The models that an encoder was started with. */
export interface ModelRepository {
  list(): readonly ListedModel[];
  /** Loads all versions of a model, or all models. @throws Fault `not-found` if there is none. */
  load(model?: string): Promise<void>;
}

/** Makes a repository of a list. */
export function createModelRepository(
  listed: readonly ListedModel[],
  load: LoadServed,
): ModelRepository {
  return {
    list: () => listed,
    async load(model) {
      const wanted = listed.filter((each) => model === undefined || each.model === model);
      if (wanted.length === 0 && model !== undefined) {
        const reason = 'name it with --models, or load it with ServingService.LoadModel';
        throw new Fault('not-found', `no model '${model}' is known here: ${reason}`);
      }
      for (const each of wanted) {
        await load({ ...each, uri: toUri(each.path), classes: [] });
      }
    },
  };
}

/** What a folder of a model holds, of transformers or open_clip. */
const configNames = ['config.json', 'open_clip_config.json'];

/**
 * Finds the models that entries name: `name=folder` or `name@version=folder` is one model, a folder alone all models
 * in it, `name` or `name/version`.
 *
 * @throws Fault `invalid` if an entry has no model, a bad name, or lies outside the roots.
 */
export async function findModels(
  entries: readonly string[],
  roots: readonly string[],
): Promise<readonly ListedModel[]> {
  const found: ListedModel[] = [];
  for (const entry of entries) {
    const [, model, version = '', path] = /^([^@=/]+)(?:@([^=/]*))?=(.*)$/.exec(entry) ?? [];
    const listed =
      model !== undefined
        ? [{ model, version, path: resolveName('.', path!) }]
        : await scan(resolveName('.', entry));
    if (listed.length === 0) throw new Fault('invalid', `--models: no model lies in ${entry}`);
    for (const each of listed) {
      const isNamed =
        isServedName(each.model) && (each.version === '' || isServedName(each.version));
      if (!isNamed) {
        const name = [each.model, each.version].filter(Boolean).join('@');
        throw new Fault(
          'invalid',
          `--models: '${name}' has other characters than A-Z a-z 0-9 . _ -`,
        );
      }
      found.push({ ...each, path: await confinePath(each.path, roots) });
    }
  }
  return found;
}

async function scan(folder: string): Promise<ListedModel[]> {
  // Of an object store: what says that there is a model.
  const select = (names: readonly string[]) =>
    names.filter((name) => configNames.includes(basename(name)));
  await pullFolder(folder, { select });
  if (await isModel(folder)) return [{ model: basename(folder), version: '', path: folder }];
  const found: ListedModel[] = [];
  for (const model of await listFolders(folder)) {
    const path = join(folder, model);
    if (await isModel(path)) {
      found.push({ model, version: '', path });
      continue;
    }
    for (const version of await listFolders(path)) {
      if (await isModel(join(path, version))) {
        found.push({ model, version, path: join(path, version) });
      }
    }
  }
  return found;
}

async function isModel(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => configNames.includes(name));
}

async function listFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: Error) => {
    throw new Fault('invalid', `--models: cannot read ${folder}: ${cause.message}`, { cause });
  });
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .sort();
}
