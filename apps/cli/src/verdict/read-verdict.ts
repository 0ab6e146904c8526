import { readFile } from 'node:fs/promises';
import type { ClaimRecord, ComparisonRecord, VerdictRecord } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';

/** The parts of a `verdict.json` that commands use. */
export interface VerdictFile {
  readonly text: string;
  readonly outcome: string;
  readonly reason: string;
  /** sha256 of the candidate's weights. */
  readonly candidateSha256: string;
  readonly target: readonly ComparisonRecord[];
  readonly protected: readonly VerdictRecord[];
  /** Absent in verdicts that know none. */
  readonly claims?: readonly ClaimRecord[];
  readonly devSafetyAccuracy: number;
  /** Null or absent where the plan names no first model, or watches nothing. */
  readonly first?: { readonly reason: string } | null;
  readonly drift?: { readonly reason: string } | null;
}

const knownSchema = 'holdfast.verdict/1';

/**
 * Reads a `verdict.json`.
 *
 * @throws Fault `not-found` if there is none, `invalid` if it is no verdict of a known kind.
 */
export async function readVerdict(path: string): Promise<VerdictFile> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new Fault('not-found', `cannot read ${path}: ${cause.message}`, { cause });
  });
  const { schema, candidate, outcome, reason, devSafetyAccuracy, ...tasks } = parse(text, path);
  if (schema !== knownSchema) {
    throw new Fault('invalid', `${path} is not a verdict of this version (${knownSchema})`);
  }
  const candidateSha256 = String(candidate?.sha256);
  return { text, outcome, reason, candidateSha256, devSafetyAccuracy, ...tasks };
}

/** The content of a file; its schema vouches for the rest. */
interface VerdictContent extends Omit<VerdictFile, 'text' | 'candidateSha256'> {
  readonly schema?: string;
  readonly candidate?: { readonly sha256?: string };
}

function parse(text: string, path: string): VerdictContent {
  try {
    return JSON.parse(text) ?? {};
  } catch (cause) {
    throw new Fault('invalid', `${path} is not JSON: it was cut off or edited`, { cause });
  }
}
