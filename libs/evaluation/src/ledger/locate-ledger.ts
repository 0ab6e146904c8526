import { dirname, join } from 'node:path';
import { resolveName } from '@holdfast/artifacts';
import type { PlanDraft } from '@holdfast/plan';

/** Name of a ledger that the plan gives no other place. */
export const ledgerName = 'holdfast-ledger.jsonl';

/**
 * Where the judgements by a plan's validation images are counted: beside the manifest or, without one,
 * in the image folder, so that all who judge by these images count together; `gate.ledger` names another
 * place.
 *
 * @param basePath folder that relative paths of the plan start from
 */
export function locateLedger({ data, gate }: PlanDraft, basePath: string): string {
  if (gate.ledger !== undefined) return resolveName(basePath, gate.ledger);
  const folder = data.manifest === undefined ? data.root : dirname(data.manifest);
  return join(resolveName(basePath, folder), ledgerName);
}
