import { access, constants, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type Journal,
  type Lease,
  openJournal,
  openLeaseStore,
  pullFile,
  readJsonLines,
  takeLease,
} from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { type JudgedData, packImages } from './judged-data.js';
import type { LedgerLine } from './ledger-line.js';
import { type LedgerState, type PastJudgement, parseLedger } from './parse-ledger.js';
import { requireLevel } from './spend-level.js';

/** A judgement to make. */
export type Judgement = Omit<PastJudgement, 'at' | 'data' | 'verdict' | 'candidateSha256'>;

/** A judgement in its ledger. */
export interface EnteredJudgement {
  /** Its place among the judgements on these images, counted from 1. */
  readonly number: number;
  /** Whether it was made before, so that it takes nothing more of the level. */
  readonly isRepeated: boolean;
}

/** Counts the judgements on some images, in an append-only file that processes share. */
export interface Ledger {
  readonly path: string;
  read(): Promise<LedgerState>;
  /**
   * Enters a judgement before its verdict is shown to anyone. One that was made before is not entered
   * again.
   *
   * @param level what all judgements on these images may take together
   * @throws Fault `precondition` if this one would take more than is left.
   */
  enter(judgement: Judgement, level: number): Promise<EnteredJudgement>;
  /** Writes down what came of a judgement and, once they are written, whose weights it was about. */
  conclude(key: string, verdict: string, candidateSha256?: string): Promise<void>;
}

/**
 * Opens the ledger of some images. Nothing is written yet.
 *
 * @throws Fault `precondition` if the file could not be written: the place is said by the plan.
 */
export async function openLedger(path: string, data: JudgedData): Promise<Ledger> {
  await requireWritable(path);
  const change = <T>(work: (journal: Journal, state: LedgerState) => Promise<T>) =>
    withJournal(path, (journal) => work(journal, parseLedger(path, journal.entries, data)));
  return {
    path,
    read: () => readLedger(path, data),
    enter: (judgement, level) =>
      change(async (journal, state) => {
        const made = state.judgements.findIndex(({ key }) => key === judgement.key);
        if (made >= 0) return { number: made + 1, isRepeated: true };
        requireLevel({ path, level, state }, judgement.level);
        const write = (line: LedgerLine) => journal.append(line);
        if (!state.isKnown) {
          await write({ event: 'data', data: data.sha256, images: packImages(data.images) });
        }
        const at = new Date().toISOString();
        await write({ event: 'judgement', ...judgement, at, data: data.sha256 });
        return { number: state.judgements.length + 1, isRepeated: false };
      }),
    conclude: (key, verdict, candidate) =>
      change(async (journal, state) => {
        const made = state.judgements.find((judgement) => judgement.key === key);
        const isSaid = made?.verdict !== undefined && (!candidate || made.candidateSha256);
        if (made === undefined || isSaid) return;
        await journal.append({ event: 'verdict', key, verdict, ...(candidate && { candidate }) });
      }),
  };
}

/**
 * What the ledger at a place says of some images; of a file that is not there, nothing. It need not be writable.
 *
 * @throws Fault `invalid` naming the line that is not a ledger's.
 */
export async function readLedger(path: string, data: JudgedData): Promise<LedgerState> {
  await pullFile(path);
  return parseLedger(path, await readJsonLines(path), data);
}

/** How long others may take to write their lines. */
const waitMs = 20_000;
const pauseMs = 20;
/** One that died on another machine is waited for so long. */
const lengthMs = 5000;

async function withJournal<T>(path: string, work: (journal: Journal) => Promise<T>): Promise<T> {
  const lease = await awaitLease(`${path}.lock`);
  try {
    const journal = await openJournal(path, () => lease.requireHeld(), { inPlace: true });
    try {
      return await work(journal);
    } finally {
      await journal.close();
    }
  } finally {
    await lease.release();
  }
}

async function awaitLease(path: string): Promise<Lease> {
  const store = openLeaseStore(path, { forgets: true });
  const endMs = performance.now() + waitMs;
  for (;;) {
    const lease = await takeLease(store, { lengthMs });
    if ('term' in lease) return lease;
    if (performance.now() > endMs) {
      throw new Fault('aborted', `${path}: ${lease.holder.name} holds it; stop it`);
    }
    await wait(pauseMs);
  }
}

async function requireWritable(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    await access(path, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  } catch (cause) {
    throw new Fault(
      'precondition',
      `the ledger of judgements ${path} cannot be written (${(cause as NodeJS.ErrnoException).code}); name a place for it that all who judge by these images share: gate.ledger`,
      { cause },
    );
  }
}
