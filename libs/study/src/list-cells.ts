import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { Fault, isFault } from '@holdfast/fault';
import { type PlanDraft, parsePlan } from '@holdfast/plan';
import type { Patch, Study } from './parse-study.js';
import { patchPlan } from './patch-plan.js';

/** One run of a study. */
export interface Cell {
  /** Its name, and that of its folder. */
  readonly name: string;
  readonly method: string;
  readonly seed: number;
  readonly target: string;
  /** Folder of the run. */
  readonly path: string;
  /** The plan of the run. */
  readonly planYaml: string;
  readonly planSha256: string;
}

/** What the cells of a study are made from. */
export interface CellSource {
  readonly study: Study;
  /** Of the study's file, for messages. */
  readonly name: string;
  readonly base: { readonly text: string; readonly plan: PlanDraft };
  /** Folder of the study. */
  readonly folder: string;
}

/**
 * The runs of a study in their order: seed by seed, so that a study that is stopped has as much of every method.
 *
 * Every run has a ledger of its own: it is judged as it would be if it were the only one. So a study releases nothing.
 *
 * @throws Fault `invalid` with what the plan's schema says of a method's plan, and whose it is.
 */
export function listCells(source: CellSource): Cell[] {
  const { study, base } = source;
  const targets = study.targets ?? [base.plan.target.class];
  const cells: Cell[] = [];
  for (const [index, target] of targets.entries()) {
    for (const seed of study.seeds) {
      for (const [method, patch] of study.methods) {
        const prefix = targets.length > 1 ? `target-${index + 1}-` : '';
        const name = `${prefix}${method}-seed-${seed}`;
        cells.push(createCell({ name, method, seed, target, patch }, source));
      }
    }
  }
  return cells;
}

function createCell(
  cell: Pick<Cell, 'name' | 'method' | 'seed' | 'target'> & { readonly patch: Patch },
  { study, name: studyName, base, folder }: CellSource,
): Cell {
  const { patch, ...named } = cell;
  const where = `${studyName}: method ${cell.method}`;
  refuseOwned(patch, where, study.targets !== undefined);
  const own = {
    seed: String(cell.seed),
    gate: { ledger: join(folder, 'ledgers', `${cell.name}.jsonl`) },
    ...(study.targets && { target: { class: cell.target } }),
  };
  const planYaml = patchPlan(base.text, [patch, own]);
  const plan = parseCellPlan(planYaml, study.targets ? `${where}, target ${cell.target}` : where);
  return {
    ...named,
    target: plan.target.class,
    path: join(folder, 'runs', cell.name),
    planYaml,
    planSha256: sha256(planYaml),
  };
}

/** What the study says itself cannot be a method's. */
function refuseOwned(patch: Patch, where: string, hasTargets: boolean): void {
  const has = (section: string, field: string) =>
    Object.hasOwn((patch[section] as object | undefined) ?? {}, field);
  if (Object.hasOwn(patch, 'seed')) {
    throw new Fault('invalid', `${where}: seed is not a method's; list it under seeds`);
  }
  if (hasTargets && has('target', 'class')) {
    throw new Fault('invalid', `${where}: target.class is not a method's beside targets`);
  }
  if (has('gate', 'ledger')) {
    const message = "gate.ledger is not a method's: each run of a study has one of its own";
    throw new Fault('invalid', `${where}: ${message}`);
  }
}

/** Lines of the merged text are lines of no file: what is wrong is named by its field. */
function parseCellPlan(planYaml: string, where: string): PlanDraft {
  try {
    return parsePlan(planYaml, where);
  } catch (error) {
    if (!isFault(error) || error.kind !== 'invalid') throw error;
    const message = error.message.replaceAll(/(^|, |\n {2})line \d+: /g, (_, before) =>
      before === ', ' ? ': ' : before,
    );
    throw new Fault('invalid', message, { cause: error });
  }
}
