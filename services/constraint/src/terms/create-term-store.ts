import { createRunStore } from '@holdfast/run-kit';
import { type FoundBackEnd, findBackEnd } from '@holdfast/term-modules';
import type { StoredTerm, TermStore } from './term-store.js';

/** Makes a store of at most `termsMax` terms, over all runs. */
export function createTermStore(options: {
  readonly allowsModules: boolean;
  readonly termsMax: number;
}): TermStore {
  const terms = createRunStore<StoredTerm>('the constraint service', options.termsMax);
  const namesOf = new Map<string, Set<string>>();
  let found: Promise<FoundBackEnd> | undefined;
  // For messages, too; a name has no slash of its own there, so that no two terms have the same key.
  const keyOf = (runId: string, name: string) =>
    `${runId}/${name.replaceAll('%', '%25').replaceAll('/', '%2F')}`;
  const closeRun = async (runId: string) => {
    const names = [...(namesOf.get(runId) ?? [])];
    namesOf.delete(runId);
    await Promise.all(
      names.map((name) => terms.close(keyOf(runId, name), ({ term }) => term.close())),
    );
  };
  return {
    allowsModules: options.allowsModules,
    findBackEnd() {
      found ??= findBackEnd();
      return found;
    },
    get: (runId, name) => terms.get(keyOf(runId, name)),
    open(runId, name, fingerprint, load) {
      const names = namesOf.get(runId) ?? new Set();
      namesOf.set(runId, names.add(name));
      return terms.open(keyOf(runId, name), fingerprint, load);
    },
    closeRun,
    async close() {
      await Promise.all([...namesOf.keys()].map(closeRun));
    },
  };
}
