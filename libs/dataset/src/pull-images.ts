import { resolve } from 'node:path';
import { isMirrored, pullFiles, pullFolder } from '@holdfast/artifacts';
import type { OnProgress } from './progress.js';

/** How bringing goes on and may be stopped. */
interface BringOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Written beside the data by those who judge, one at a time. */
const ledgerPattern = /(^|\/)[^/]*ledger[^/]*\.jsonl(\.lock(\/|$)|$)/;

/** Brings a folder of images that lies in an object store. */
export async function pullImageFolder(root: string, options: BringOptions): Promise<void> {
  const select = (names: readonly string[]) => names.filter((name) => !ledgerPattern.test(name));
  await pullFolder(root, { ...options, select });
}

/** Brings those of the images that lie in an object store, by paths from `root`. */
export async function pullImages(
  paths: readonly string[],
  root: string,
  options: BringOptions & { readonly trusted?: boolean },
): Promise<void> {
  // Nothing is looked up where nothing can lie in a store.
  if (isMirrored(root))
    await pullFiles(
      paths.map((path) => resolve(root, path)),
      options,
    );
}
