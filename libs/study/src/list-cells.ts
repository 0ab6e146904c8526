import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { Fault, isFault } from '@holdfast/fault';
import { nameTargets, type PlanDraft, parsePlan } from '@holdfast/plan';
import { findAbsent, findShared, patchPlan } from './patch-plan.js';
import { nameSetting, type Setting } from './setting.js';
import type { Patch, Study } from './study-schema.js';

/** One run of a study. */
export interface Cell extends Setting {
  /** Its name, and that of its folder. */
  readonly name: string;
  readonly method: string;
  readonly seed: number;
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
 * The runs of a study in their order: setting by setting, so that what is concluded of the first is known early, and in each
 * seed by seed, so that a study that is stopped has as much of every method.
 *
 * Every run has a ledger of its own: it is judged as it would be if it were the only one. So a study releases nothing.
 *
 * @throws Fault `invalid` with what the plan's schema says of a method's plan, and whose it is.
 */
export function listCells(source: CellSource): Cell[] {
  const { study, name } = source;
  for (const [kind, patches] of [
    ['method', study.methods],
    ['variant', study.variants ?? []],
  ] as const) {
    for (const [each, patch] of patches) {
      refuseOwned(patch, `${name}: ${kind} ${each}`, study.targets !== undefined);
      if (kind === 'method') refuseJudging(patch, `${name}: method ${each}`);
    }
  }
  const cells = listPlannedSettings(source).flatMap((setting) =>
    study.seeds.flatMap((seed) =>
      [...study.methods].map(([method, patch]) =>
        createCell({ setting, seed, method, patch }, source),
      ),
    ),
  );
  requireSharedTargets(cells, source);
  const hasTargets = new Set(cells.map(({ target }) => target)).size > 1;
  return cells.map((cell) => ({ ...cell, setting: nameSetting(cell, hasTargets) }));
}

/** Variants are compared within a target, and a variant may name one of its own. */
function requireSharedTargets(
  cells: readonly Omit<Cell, 'setting'>[],
  { study, name }: CellSource,
): void {
  for (const [index, { method, variants }] of study.conclude.between.entries()) {
    const [first, second] = variants.map((variant) => {
      const own = cells.filter((cell) => cell.variant === variant && cell.method === method);
      return new Set(own.map(({ target }) => target));
    }) as [Set<string>, Set<string>];
    if (first.size === second.size && [...first].every((target) => second.has(target))) continue;
    const improved = [first, second].map((targets) => [...targets].join(', ')).join(' and ');
    const message = `conclude.between.${index}: ${variants.join(' and ')} improve ${improved}, and are compared within a target`;
    throw new Fault('invalid', `${name}: ${message}`);
  }
}

/** A setting before its plans are known. */
interface PlannedSetting {
  /** Undefined: the plan's. */
  readonly target: string | undefined;
  readonly variant: string | null;
  readonly patch: Patch;
  /** Of the names of its runs: names of methods have no dot. */
  readonly prefix: string;
}

function listPlannedSettings({ study }: CellSource): PlannedSetting[] {
  const targets = study.targets ?? [undefined];
  const variants = study.variants ?? new Map([[null, {}]]);
  return targets.flatMap((target, index) =>
    [...variants].map(([variant, patch]) => {
      const prefix = `${targets.length > 1 ? `target-${index + 1}-` : ''}${variant === null ? '' : `${variant}.`}`;
      return { target, variant, patch, prefix };
    }),
  );
}

interface PlannedCell {
  readonly setting: PlannedSetting;
  readonly seed: number;
  readonly method: string;
  readonly patch: Patch;
}

function createCell(
  { setting, seed, method, patch }: PlannedCell,
  { name: studyName, base, folder }: CellSource,
): Omit<Cell, 'setting'> {
  const { target, variant, prefix } = setting;
  const name = `${prefix}${method}-seed-${seed}`;
  const whose = [
    `method ${method}`,
    ...(variant === null ? [] : [`variant ${variant}`]),
    ...(target === undefined ? [] : [`target ${target}`]),
  ];
  const where = `${studyName}: ${whose.join(', ')}`;
  const both = findShared(setting.patch, patch);
  if (both !== undefined) {
    const message = `both change ${both.join('.')}, and one of them would not count: name it in one place`;
    throw new Fault('invalid', `${where}: ${message}`);
  }
  const absent = findAbsent(base.text, setting.patch) ?? findAbsent(base.text, patch);
  if (absent !== undefined) {
    const message = `${absent.join('.')} is null, which takes a field of the plan away; the plan has none of that name`;
    throw new Fault('invalid', `${where}: ${message}`);
  }
  const own = {
    seed: String(seed),
    gate: { ledger: join(folder, 'ledgers', `${name}.jsonl`) },
    ...(target !== undefined && { target: { class: target } }),
  };
  const patched = patchPlan(base.text, [setting.patch, patch]);
  // Before the study's own fields are put into it, which would hide that something stands in their place.
  parseCellPlan(patched, where);
  const planYaml = patchPlan(patched, [own]);
  const plan = parseCellPlan(planYaml, where);
  return {
    name,
    target: nameTargets(plan),
    variant,
    method,
    seed,
    path: join(folder, 'runs', name),
    planYaml,
    planSha256: sha256(planYaml),
  };
}

/** Whether a patch changes a field of a section; null takes all of them away. */
function changes(patch: Patch, section: string, field: string): boolean {
  const value = patch[section];
  return value === null || (value !== undefined && Object.hasOwn(value as object, field));
}

/** What the study says itself can be no patch's. */
function refuseOwned(patch: Patch, where: string, hasTargets: boolean): void {
  if (Object.hasOwn(patch, 'seed')) {
    throw new Fault('invalid', `${where}: seed is the study's; list it under seeds`);
  }
  if (hasTargets && changes(patch, 'target', 'class')) {
    throw new Fault('invalid', `${where}: target.class is the study's, which has targets`);
  }
  if (changes(patch, 'gate', 'ledger')) {
    const message = "gate.ledger is the study's: each of its runs has one of its own";
    throw new Fault('invalid', `${where}: ${message}`);
  }
}

/** What old and new are judged by. Methods that were judged otherwise could not be compared. */
const judging = 'model data target.class prompts spaces protected gate drift'.split(' ');

function refuseJudging(patch: Patch, where: string): void {
  const field = judging.find((path) => {
    const [section, key] = path.split('.') as [string, string?];
    return key === undefined ? Object.hasOwn(patch, section) : changes(patch, section, key);
  });
  if (field === undefined) return;
  const message = `${field} says what is judged, and how; methods are compared under one such: put it into the plan, or name it under variants`;
  throw new Fault('invalid', `${where}: ${message}`);
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
