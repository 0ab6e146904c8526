import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMirrored, pullFiles, sha256File } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { type CheckpointState, parseCheckpointState, stateFileName } from './checkpoint-state.js';
import type { OptimizerRun } from './optimizer-run.js';

/**
 * Reads a checkpoint's state and holds the files that are wanted against their hashes.
 *
 * @throws Fault `not-found` if there is no checkpoint, `invalid` if a file is missing or has changed,
 *   `precondition` if it belongs to another model.
 */
export async function openCheckpoint(
  path: string,
  { run, wanted }: { run: OptimizerRun; wanted: readonly string[] },
): Promise<CheckpointState> {
  if (isMirrored(path)) run.storedCheckpoints.add(path);
  await pullFiles([stateFileName, ...wanted].map((name) => join(path, name)));
  const statePath = join(path, stateFileName);
  const text = await readFile(statePath, 'utf8').catch((cause: Error) => {
    throw new Fault('not-found', `${path} is no checkpoint: ${cause.message}`, { cause });
  });
  const state = parseCheckpointState(text, statePath);
  requireSameModel(state, run, path);
  for (const name of wanted) {
    const expected = state.files[name];
    if (expected === undefined) {
      throw new Fault('precondition', `the checkpoint ${path} has no ${name}`);
    }
    const found = await sha256File(join(path, name));
    if (found !== expected) {
      throw new Fault(
        'invalid',
        `${join(path, name)} has sha256 ${found}, not ${expected}: it is damaged; use another checkpoint`,
      );
    }
  }
  return state;
}

function requireSameModel(
  { modelSha256, heads, scope, adapters }: CheckpointState,
  { opened, settings }: OptimizerRun,
  path: string,
): void {
  const { trainable } = settings;
  const theirs = describeTrainable({ heads, scope, adapters });
  const mine = describeTrainable({ ...trainable, heads: settings.heads });
  if (modelSha256 === opened.modelSha256 && mine === theirs) return;
  throw new Fault(
    'precondition',
    `the checkpoint ${path} started from model ${modelSha256} with ${theirs}, the run from ${opened.modelSha256} with ${mine}`,
  );
}

/** What trains, in words. */
function describeTrainable(settings: {
  readonly heads?: { readonly count: number; readonly rank: number } | null | undefined;
  readonly scope: string;
  readonly adapters?: { readonly rank: number; readonly scale: number } | null;
}): string {
  const { heads, scope, adapters } = settings;
  const { count = 0, rank = 0 } = heads ?? {};
  const of = adapters ? ` of rank ${adapters.rank}, scale ${adapters.scale}` : '';
  return `${count} heads of rank ${count > 0 ? rank : 0} and the scope ${scope}${of}`;
}
