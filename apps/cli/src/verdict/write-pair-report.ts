import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { writeFileAtomic } from '@holdfast/artifacts';
import { buildPairReport, type ServiceClients } from '@holdfast/controller';
import { Fault } from '@holdfast/fault';
import { renderReport, renderSealed } from '@holdfast/report';
import type { PairJudgement } from '../measure/judge-pair.js';
import type { MeasuredPair } from '../measure/measure-pair.js';
import type { PlanFile } from '../read-plan-file.js';
import { version } from '../version.js';

/** Two models that were judged, and how. */
export interface JudgedModels {
  readonly file: PlanFile;
  readonly measured: MeasuredPair;
  readonly judgement: PairJudgement;
  readonly settings: { readonly policy: string; readonly level: number };
  readonly startedAt: Date;
  /** Command line that judges them again. */
  readonly command: string;
}

/**
 * Finds where a report is to be written, before anything is computed for it.
 *
 * @throws Fault `invalid` if it is a folder or no HTML file by its name, so that no plan and no
 *   manifest is written over by mistake.
 */
export async function resolveReport(name: string, cwd: string): Promise<string> {
  const path = resolve(cwd, name);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    throw new Fault('invalid', `--report: ${name} is a folder; name a file in it`);
  }
  if (extname(path) !== '.html') {
    throw new Fault('invalid', `--report: ${name} must end in .html`);
  }
  return path;
}

/** Writes the report of a sealed judgement: pass or fail, bound to models, data and plan. */
export async function writeSealedReport(
  path: string,
  isReleased: boolean,
  { file, measured, settings, command }: Omit<JudgedModels, 'judgement' | 'startedAt'>,
): Promise<void> {
  const { reference, candidate, data } = measured;
  const report = {
    ...{ isReleased, planName: file.name, softwareVersion: version },
    facts: [
      ['Old model', reference.sha256],
      ['New model', candidate.sha256],
      ['Data', data.dataset.sha256],
      ['Gate', `${settings.policy}, level ${settings.level}`],
      ['Again', command],
    ] as const,
  };
  await writeFileAtomic(path, renderSealed(report));
}

/** Writes the report of two models that were judged without a run. */
export async function writePairReport(
  path: string,
  clients: Pick<ServiceClients, 'encoder'>,
  { file, measured, judgement, settings, startedAt, command }: JudgedModels,
): Promise<void> {
  const { data, reference, candidate, predictions } = measured;
  const report = await buildPairReport({
    planName: file.name,
    plan: file.plan,
    data,
    judged: { ...predictions, gate: judgement.gate },
    withoutHeads: judgement.withoutHeads,
    settings,
    ledger: judgement.ledger?.report,
    answer: judgement,
    watched: measured.watched,
    models: {
      referencePath: reference.name,
      referenceSha256: reference.sha256,
      candidatePath: candidate.name,
      candidateSha256: candidate.sha256,
    },
    badImages: measured.badImages,
    ...{ startedAt, softwareVersion: version, clients },
    commands: [{ purpose: 'Judge them again', command }],
    notes: measured.notes,
  });
  await writeFileAtomic(path, renderReport(report));
}
