import { Fault } from '@holdfast/fault';
import { type ObjectPlace, type ObjectStore, toName, type WriteCondition } from '@holdfast/s3';
import type { LeaseStore, LeaseTerm } from './lease-store.js';

/** What the second line of a term says that was given back; of one that is held it counts renewals. */
const released = 'released';

/** Conditions that do not hold for an object that is there: the mark is no content's. */
const forbidding: readonly (readonly [string, WriteCondition])[] = [
  ['If-None-Match', { absent: true }],
  ['If-Match', { etag: `"${'0'.repeat(32)}"` }],
];

/**
 * The terms of a lease as objects, `term-7`: who creates one asks that there is none (`If-None-Match: *`), and an owner
 * changes its own only as it left it (`If-Match`). The first line is the owner's record; what follows changes with each renewal, and with it
 * the object's mark.
 *
 * @param path of the lease in the mirror, for messages
 * @param options.forgets removes the term with its release
 */
export function createObjectLeaseStore(
  path: string,
  { key: folder }: ObjectPlace,
  store: ObjectStore,
  { forgets = false }: { readonly forgets?: boolean } = {},
): LeaseStore {
  const keyOf = (term: number) => `${folder}/term-${term}`;
  /** Of the terms that this store created: their record, renewals and mark. */
  const own = new Map<number, { record: string; renewals: number; etag: string }>();
  /** A renewal under way; a release waits for it, for it would change the mark. */
  let renewing: Promise<void> = Promise.resolve();

  /** The terms that are there, newest first. */
  async function listTerms(): Promise<number[]> {
    const objects = await store.list(`${folder}/term-`);
    const terms = objects.flatMap(({ key }) => {
      const match = /\/term-(\d+)$/.exec(key);
      return match === null ? [] : Number(match[1]);
    });
    return terms.sort((a, b) => b - a);
  }

  async function readNewest(): Promise<LeaseTerm | undefined> {
    for (;;) {
      const [term] = await listTerms();
      if (term === undefined) return undefined;
      const found = await store.read(keyOf(term));
      // Given back for ever, or followed by a later one, since it was listed.
      if (found === undefined) continue;
      const [record = '', state] = found.text.split('\n');
      return { term, record, mark: found.etag, isReleased: state === released };
    }
  }

  /** Replaces a term that is as this store left it; nothing where another changed it or began a later one. */
  async function change(term: number, state: string, signal?: AbortSignal): Promise<void> {
    const mine = own.get(term);
    if (mine === undefined) return;
    const text = `${mine.record}\n${state}`;
    const replace = async () => {
      const etag = await store.write(keyOf(term), text, { etag: mine.etag }, signal);
      if (etag !== undefined) mine.etag = etag;
      return etag !== undefined;
    };
    if (await replace()) return;
    // It may be as an earlier change left it, whose answer was lost; another one's has another record.
    const found = await store.read(keyOf(term), signal);
    const [record, now] = found?.text.split('\n') ?? [];
    if (found === undefined || record !== mine.record || now === released) return;
    mine.etag = found.etag;
    if (found.text !== text) await replace();
  }

  return {
    path,
    readNewest,

    async create(term, record) {
      const before = await listTerms();
      if (before.some((other) => other >= term)) return false;
      const etag = await store.write(keyOf(term), `${record}\n0`, { absent: true });
      const isOwn = etag !== undefined || (await isWritten(term, record));
      if (!isOwn) return false;
      await requireConditions(term, record);
      const [newest, ...earlier] = await listTerms();
      if (newest !== term) {
        await store.remove([keyOf(term)]);
        return false;
      }
      const now = etag ?? (await store.read(keyOf(term)))?.etag ?? '';
      own.set(term, { record, renewals: 0, etag: now });
      await store.remove(earlier.map(keyOf));
      return true;
    },

    async renew(term, signal) {
      const mine = own.get(term);
      if (mine === undefined) return;
      mine.renewals += 1;
      renewing = change(term, String(mine.renewals), signal);
      await renewing;
    },

    async release(term) {
      await renewing.catch(() => {});
      if (forgets) await store.remove([keyOf(term)]);
      else await change(term, released);
      own.delete(term);
    },
  };

  /** Whether a term is this owner's, though its creation was refused: it was sent again after an answer that was lost. */
  async function isWritten(term: number, record: string): Promise<boolean> {
    return (await store.read(keyOf(term)))?.text === `${record}\n0`;
  }

  /** @throws Fault `precondition` where the store writes what a condition forbids: two would work on one run. */
  async function requireConditions(term: number, record: string): Promise<void> {
    for (const [header, condition] of forbidding) {
      const again = await store.write(keyOf(term), `${record}\n0`, condition);
      if (again === undefined) continue;
      await store.remove([keyOf(term)]);
      throw new Fault(
        'precondition',
        `${toName(path)}: this store does not heed ${header}, so that two could work on one run; use one that does, or a folder`,
      );
    }
  }
}
