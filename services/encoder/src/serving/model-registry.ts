import { Fault } from '@holdfast/fault';
import type { ServedModel } from './served-model.js';

/** Who is asked beside the version that answers. */
export interface Shadow {
  readonly model: string;
  readonly version: string;
  /** In (0, 1]. */
  readonly share: number;
}

/** A name that stands for a version. */
export interface Alias {
  readonly alias: string;
  readonly model: string;
  readonly version: string;
  readonly shadow?: Shadow | undefined;
}

/** What answers a request. */
export interface ResolvedModel {
  readonly served: ServedModel;
  /** The alias that it was asked by, if it was one. */
  readonly alias?: Alias;
}

/** A version to load. */
export interface WantedVersion {
  readonly model: string;
  readonly version: string;
  /** Of what it is loaded from: the same version is not loaded of two. */
  readonly fingerprint: string;
}

/** The versions that are loaded, and the aliases. */
export interface ModelRegistry {
  /**
   * A version; `load` is called unless it is there.
   * @throws Fault `precondition` if it is there with another fingerprint, or the name is an alias; `exhausted` for one too many.
   */
  load(wanted: WantedVersion, load: () => Promise<ServedModel>): Promise<ServedModel>;
  /**
   * What answers for a name: a model's, or an alias.
   * @throws Fault `not-found` if nothing does.
   */
  resolve(name: string, version: string): ResolvedModel;
  /** Uses a version for as long as `work` goes on: it is not freed before. */
  use<T>(served: ServedModel, work: () => Promise<T>): Promise<T>;
  /** Removes versions at once, and has them freed when nobody uses them. */
  unload(name: string, version: string): Promise<void>;
  setAlias(alias: Alias): void;
  deleteAlias(name: string): void;
  list(): readonly ServedModel[];
  listAliases(): readonly Alias[];
}

const versionsMax = 32;
const aliasesMax = 64;

interface Entry {
  readonly served: ServedModel;
  readonly fingerprint: string;
  users: number;
  unloaded?: () => void;
}

/** Makes a registry without models. @param free frees what a version holds */
export function createModelRegistry(free: (served: ServedModel) => Promise<void>): ModelRegistry {
  const entries: Entry[] = [];
  const loading: (WantedVersion & { readonly served: Promise<ServedModel> })[] = [];
  const aliases = new Map<string, Alias>();
  const users = new Map<ServedModel, Entry>();

  const versionsOf = (name: string) => entries.filter(({ served }) => served.model === name);
  const findVersion = (name: string, version: string) =>
    entries.find(({ served }) => served.model === name && served.version === version);

  function requireVersion(name: string, version: string): ServedModel {
    const found = findVersion(name, version);
    if (found !== undefined) return found.served;
    const there = versionsOf(name).map(({ served }) => served.version);
    const instead =
      there.length > 0
        ? `has no version '${version}'; there are ${there.join(', ')}`
        : 'is not loaded';
    throw new Fault('not-found', `the model '${name}' ${instead}`);
  }

  async function add(
    { fingerprint }: WantedVersion,
    load: () => Promise<ServedModel>,
  ): Promise<ServedModel> {
    const served = await load();
    const entry = { served, fingerprint, users: 0 };
    entries.push(entry);
    users.set(served, entry);
    return served;
  }

  async function remove(entry: Entry): Promise<void> {
    entries.splice(entries.indexOf(entry), 1);
    if (entry.users > 0) {
      await new Promise<void>((resolve) => {
        entry.unloaded = resolve;
      });
    }
    users.delete(entry.served);
    await free(entry.served);
  }

  return {
    async load(wanted, load) {
      const { model, version, fingerprint } = wanted;
      if (aliases.has(model)) throw new Fault('precondition', `'${model}' is an alias`);
      const known =
        loading.find((each) => each.model === model && each.version === version) ??
        findVersion(model, version);
      if (known !== undefined) {
        if (known.fingerprint === fingerprint) return known.served;
        throw new Fault(
          'precondition',
          `version '${version}' of the model '${model}' is loaded from elsewhere or with other classes; unload it first`,
        );
      }
      if (entries.length + loading.length >= versionsMax) {
        throw new Fault('exhausted', `${versionsMax} versions are loaded; unload one first`);
      }
      const under = { ...wanted, served: add(wanted, load) };
      loading.push(under);
      try {
        return await under.served;
      } finally {
        loading.splice(loading.indexOf(under), 1);
      }
    },
    resolve(name, version) {
      const alias = aliases.get(name);
      if (alias !== undefined) {
        if (version === '' || version === alias.version) {
          return { served: requireVersion(alias.model, alias.version), alias };
        }
        throw new Fault('not-found', `'${name}' is an alias of version '${alias.version}'`);
      }
      if (version !== '') return { served: requireVersion(name, version) };
      const last = versionsOf(name).at(-1);
      if (last !== undefined) return { served: last.served };
      throw new Fault('not-found', `no model or alias '${name}' is loaded`);
    },
    async use(served, work) {
      const entry = users.get(served);
      if (entry === undefined) throw new Fault('not-found', `'${served.model}' was unloaded`);
      entry.users += 1;
      try {
        return await work();
      } finally {
        entry.users -= 1;
        if (entry.users === 0) entry.unloaded?.();
      }
    },
    async unload(name, version) {
      const leaving = versionsOf(name).filter(
        ({ served }) => version === '' || served.version === version,
      );
      for (const { served } of leaving) {
        const alias = [...aliases.values()].find((each) => names(each, served));
        if (alias === undefined) continue;
        throw new Fault(
          'precondition',
          `the alias '${alias.alias}' names version '${served.version}' of '${name}'; move it first`,
        );
      }
      await Promise.all(leaving.map(remove));
    },
    setAlias(alias) {
      requireVersion(alias.model, alias.version);
      if (alias.shadow) requireVersion(alias.shadow.model, alias.shadow.version);
      const isModel = loading.some(({ model }) => model === alias.alias);
      if (isModel || versionsOf(alias.alias).length > 0) {
        throw new Fault('precondition', `'${alias.alias}' is the name of a model`);
      }
      if (!aliases.has(alias.alias) && aliases.size >= aliasesMax) {
        throw new Fault('exhausted', `there are ${aliasesMax} aliases; delete one first`);
      }
      aliases.set(alias.alias, alias);
    },
    deleteAlias: (name) => void aliases.delete(name),
    list: () => entries.map(({ served }) => served),
    listAliases: () => [...aliases.values()].sort((a, b) => (a.alias < b.alias ? -1 : 1)),
  };
}

function names({ model, version, shadow }: Alias, served: ServedModel): boolean {
  const isServed = (name: string, of: string) => name === served.model && of === served.version;
  return (
    isServed(model, version) || (shadow !== undefined && isServed(shadow.model, shadow.version))
  );
}
