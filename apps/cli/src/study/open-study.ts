import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative } from 'node:path';
import { ignoreMissing, isS3Uri, resolveName, sha256 } from '@holdfast/artifacts';
import type { PlanFile } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import { planMaxBytes } from '@holdfast/plan';
import { type Cell, listCells, parseStudy, type StudySource } from '@holdfast/study';
import { readPlanFile } from '../read-plan-file.js';
import type { Terminal } from '../terminal/terminal.js';

/** A study that can begin: all of its plans are read. */
export interface OpenStudy extends StudySource {
  readonly base: PlanFile;
  /** Folder of the study. */
  readonly folder: string;
  readonly cells: readonly Cell[];
}

/**
 * Reads a study and its plan.
 *
 * @param folderName where its runs go; default: one for the study in ./runs
 * @throws Fault `not-found` if a file is missing, `precondition` if one cannot be read, `invalid` naming what is wrong and in which file.
 */
export async function openStudy(
  name: string,
  folderName: string | undefined,
  terminal: Terminal,
): Promise<OpenStudy> {
  const { cwd } = terminal;
  for (const each of [name, folderName ?? '']) {
    if (isS3Uri(each)) throw new Fault('invalid', `${each}: a study lies in a folder, not in S3`);
  }
  const path = resolveName(cwd, name);
  const text = await readStudyText(path, name);
  const study = parseStudy(text, name);
  const planPath = resolveName(dirname(path), study.plan);
  const planName = isAbsolute(study.plan) ? study.plan : relative(cwd, planPath);
  const base = await readPlanFile(planName, terminal).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.kind !== 'not-found') throw error;
    const message = `${name}: plan ${study.plan} is not there; it is looked for from the study's folder`;
    throw new Fault('not-found', message, { cause: error });
  });
  const stem = basename(name, extname(name));
  const folder = resolveName(cwd, folderName ?? join('runs', `${stem}-study`));
  return {
    study,
    base,
    folder,
    cells: listCells({ study, name, base, folder }),
    file: { name: basename(name), sha256: sha256(text) },
    plan: { name: basename(study.plan), sha256: sha256(base.text) },
  };
}

async function readStudyText(path: string, name: string): Promise<string> {
  const refuseMissing = () => new Fault('not-found', `${name}: no such study`);
  const found = await stat(path).catch(ignoreMissing(name));
  if (found === undefined) throw refuseMissing();
  if (!found.isFile()) throw new Fault('invalid', `${name} is no file; name a study's YAML`);
  if (found.size > planMaxBytes) {
    throw new Fault('invalid', `${name} is larger than a study may be (${planMaxBytes} bytes)`);
  }
  const text = await readFile(path, 'utf8').catch(ignoreMissing(name));
  if (text === undefined) throw refuseMissing();
  return text;
}
