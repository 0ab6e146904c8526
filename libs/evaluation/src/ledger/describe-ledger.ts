import { relative } from 'node:path';
import { countLeft } from '@holdfast/ledger';
import type { LedgerReport } from '@holdfast/report';
import { shareLevel } from '../rules/share-level.js';
import type { Judging, LedgerEntry } from './judging.js';

/** What a ledger says, for a report and for a person at a terminal. */
export interface LedgerDescription {
  readonly report: LedgerReport;
  /** Absent where this judgement is the first of several. */
  readonly note?: string;
}

/**
 * Describes the ledger after a judgement.
 *
 * @param entry absent where nothing could have been released
 */
export async function describeLedger(
  { ledger, gate }: Judging,
  entry: LedgerEntry | undefined,
): Promise<LedgerDescription> {
  const { judgements, spent } = await ledger.read();
  const left = countLeft({ level: gate.level, spent, share: shareLevel(gate) });
  const report: LedgerReport = {
    path: relative(process.cwd(), ledger.path) || ledger.path,
    level: gate.level,
    judgementsMax: gate.judgementsMax,
    spent,
    left,
    judgements: judgements.map(
      ({ key, at, candidate, candidateSha256, reference, level, verdict, command }) => ({
        at,
        candidate,
        level,
        command,
        candidateSha256,
        verdict,
        referenceSha256: reference,
        isThis: key === entry?.key,
      }),
    ),
  };
  return entry === undefined ? { report } : { report, note: describeEntry(entry, report) };
}

function describeEntry({ number, isRepeated }: LedgerEntry, { path, left }: LedgerReport): string {
  const subject = isRepeated
    ? `This is judgement ${number} by these validation images, made again: it is not counted twice.`
    : `This is judgement ${number} by these validation images.`;
  const rest =
    left === 0
      ? 'They may not judge another candidate: have new images ready, or divide the level beforehand with gate.judgementsMax.'
      : `They may judge ${left} more.`;
  return `${subject} ${rest} (${path})`;
}
