import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ignoreMissing, isMirrored, pullFile, resolveName } from '@holdfast/artifacts';
import { Fault, isFault } from '@holdfast/fault';
import { type PlanDraft, parsePlan, planMaxBytes } from '@holdfast/plan';
import { readOrigin } from '@holdfast/run-store';

/** A plan as it stands on disk. */
export interface PlanFile {
  /** As a person named it. */
  readonly name: string;
  readonly text: string;
  readonly plan: PlanDraft;
  /** Folder that the plan's relative paths start from. */
  readonly basePath: string;
}

/**
 * Reads a plan. The plan of a run's folder keeps the base path that the run was started with.
 *
 * @param cwd folder that a relative name starts from
 * @param command how a person calls holdfast
 * @throws Fault `not-found` if there is no such file; `precondition` if it, or where its run was started, cannot be read;
 * `invalid` naming every problem of the plan.
 */
export async function openPlanFile(
  name: string,
  { cwd, command }: { readonly cwd: string; readonly command: string },
): Promise<PlanFile> {
  const path = resolveName(cwd, name);
  await pullFile(path);
  const refuseMissing = () =>
    new Fault('not-found', `${name}: no such plan; \`${command} init\` writes one`);
  const found = await stat(path).catch(ignoreMissing(name));
  if (found === undefined) throw refuseMissing();
  if (found.isDirectory()) throw new Fault('invalid', `${name} is a folder; name the plan in it`);
  if (found.size > planMaxBytes) {
    throw new Fault('invalid', `${name} is larger than a plan may be (${planMaxBytes} bytes)`);
  }
  const text = await readFile(path, 'utf8').catch(ignoreMissing(name));
  if (text === undefined) throw refuseMissing();
  const basePath = (await readRunBase(dirname(path))) ?? dirname(path);
  return { name, text, plan: parsePlan(text, name), basePath };
}

/** The base path that a run's folder remembers; undefined where the folder is no run's. */
async function readRunBase(folder: string): Promise<string | undefined> {
  return readOrigin(folder).then(
    ({ basePath }) => basePath,
    (error: unknown) => {
      // Invalid is some other program's file of that name; of a run's own, resuming says that it is damaged.
      if (isFault(error) && (error.kind === 'not-found' || error.kind === 'invalid')) {
        return undefined;
      }
      // A store denies what is not there to whoever may not list.
      if (isMirrored(folder) && isFault(error) && error.kind === 'precondition') return undefined;
      throw error;
    },
  );
}
