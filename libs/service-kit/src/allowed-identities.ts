import { Fault } from '@holdfast/fault';
import { readDescriptors } from './read-descriptors.js';

/** What each of the names may call: `package.Service/Method`, or how it begins and `*`. */
export type AllowedIdentities = ReadonlyMap<string, readonly string[]>;

const everything = '*';

/**
 * Reads who may call what: `NAME`, which may call everything, or `NAME=CALLS`. A name that comes several times may call all that
 * its entries say.
 *
 * @param entries as `ada@example.com=holdfast.controller.v1.ControllerService/List*`
 * @throws Fault `invalid` that names an entry without a name, or whose calls are those of no service.
 */
export function parseAllowedIdentities(entries: readonly string[]): AllowedIdentities {
  const allowed = new Map<string, string[]>();
  for (const entry of entries) {
    const [name, calls] = splitEntry(entry);
    if (name === '') throw refuse(entry, 'names nobody');
    if (calls !== everything) requireMethod(entry, calls);
    allowed.set(name, [...(allowed.get(name) ?? []), calls]);
  }
  return allowed;
}

/** Whether what a name may call has a method. @param method `package.Service/Method` */
export function mayCall(calls: readonly string[], method: string): boolean {
  return calls.some((each) =>
    each.endsWith('*') ? method.startsWith(each.slice(0, -1)) : method === each,
  );
}

/** At the last sign: a name may have one, calls have none. */
function splitEntry(entry: string): readonly [name: string, calls: string] {
  const end = entry.lastIndexOf('=');
  return end === -1 ? [entry, everything] : [entry.slice(0, end), entry.slice(end + 1)];
}

/** One that is misspelt would lock out whom it was to let in. */
function requireMethod(entry: string, calls: string): void {
  if (
    readDescriptors()
      .listMethods()
      .some((method) => mayCall([calls], method))
  )
    return;
  const rule = 'write package.Service/Method, package.Service/* or *';
  throw refuse(entry, `lets call '${calls}', which is no method of any service: ${rule}`);
}

function refuse(entry: string, what: string): Fault {
  return new Fault('invalid', `--allowed-identities: '${entry}' ${what}`);
}
