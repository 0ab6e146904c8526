import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '@holdfast/fault';
import { describeRunFolder, readRunJournal } from '@holdfast/run-store';
import { isPublished, markPublished } from './publication-marks.js';
import { publishRun } from './publish-run.js';
import { findEnd } from './run/run-end.js';
import type { RunListener } from './run-listener.js';

/** How the runs of a folder are published. */
export interface PublishRunsOptions {
  /** A listener knows one run: it is made for each. */
  readonly createListeners: () => readonly RunListener[];
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
  readonly pollMs?: number;
}

/** Rounds that one which always fails is left out for at the most. */
const roundsMax = 64;

/**
 * Publishes every run of a folder, and those that come, until the signal: beside a controller, say, whose runs it neither
 * slows nor fails. What was published is noted in the run's folder, and not again unless the run went on since. Runs that go on are
 * followed side by side; those that have ended, however many, are told to a listener one after the other. What fails is tried again,
 * after twice as long each time.
 */
export async function publishRuns(
  folder: string,
  { createListeners, signal, note, pollMs = 10_000 }: PublishRunsOptions,
): Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  const lastOf = new Map<string, Promise<void>>();
  let round = 0;
  const failed = new Map<string, { readonly pause: number; readonly untilRound: number }>();

  async function tell(runPath: string, listener: RunListener, end: string | undefined) {
    if (signal.aborted) return;
    const options = { follow: end === undefined, signal, pollMs, onFailure: note };
    if (!(await publishRun(runPath, listener, options))) return;
    await markPublished(runPath, listener.name, end ?? (await nameEnd(runPath)) ?? '');
    note(`${runPath}: published to ${listener.name}`);
  }

  async function start(runPath: string, listener: RunListener, end: string | undefined) {
    const { name } = listener;
    const key = JSON.stringify([runPath, name]);
    if (underWay.has(key) || round < (failed.get(key)?.untilRound ?? 0)) return;
    if (end !== undefined && (await isPublished(runPath, name, end))) return;
    const before = end === undefined ? undefined : lastOf.get(name);
    const task = Promise.resolve(before)
      .then(() => tell(runPath, listener, end))
      .then(() => failed.delete(key))
      .catch((error) => {
        if (signal.aborted) return;
        const pause = Math.min(2 * (failed.get(key)?.pause ?? 0.5), roundsMax);
        failed.set(key, { pause, untilRound: round + pause });
        note(`${runPath}: ${name}: ${describeError(error)}`);
      })
      .finally(() => underWay.delete(key))
      .then(() => {});
    underWay.set(key, task);
    if (end !== undefined) lastOf.set(name, task);
  }

  while (!signal.aborted) {
    for (const runPath of await listRuns(folder)) {
      try {
        const end = await nameEnd(runPath);
        for (const listener of createListeners()) await start(runPath, listener, end);
      } catch (error) {
        note(`${runPath}: ${describeError(error)}`);
      }
    }
    await sleep(pollMs, undefined, { signal }).catch(() => {});
    round += 1;
  }
  await Promise.all(underWay.values());
}

async function listRuns(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const paths = names.map((name) => join(folder, name));
  const areRuns = await Promise.all(
    paths.map((path) =>
      access(describeRunFolder(path).origin).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, index) => areRuns[index]).sort();
}

/** What tells one end of a run from another, after it was resumed; undefined while it goes on. */
async function nameEnd(runPath: string): Promise<string | undefined> {
  const entries = await readRunJournal(describeRunFolder(runPath));
  return findEnd(entries) === undefined ? undefined : `entry ${entries.length}`;
}
