import { readFile } from 'node:fs/promises';
import {
  type Fence,
  ignoreMissing,
  resolveName,
  toName,
  writeFileAtomic,
} from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { z } from 'zod';
import { pullRun, pullRunFile } from './pull-run.js';
import { describeRunFolder, type RunFolder } from './run-folder.js';

/** `origin.json`: what a resumed run needs that its plan does not say. */
export const originSchema = z.object({
  runId: z.string(),
  planName: z.string().describe('As a person named it.'),
  basePath: z
    .string()
    .describe('Folder, or `s3:` URI, that relative paths of the plan start from.'),
  createdAt: z.iso.datetime().optional().describe('When the run was submitted.'),
  request: z
    .object({ id: z.string(), sha256: z.string() })
    .optional()
    .describe('The request that submitted the run: a repetition of it is no new run.'),
  modules: z
    .array(
      z.object({
        path: z.string().describe('As the plan names it.'),
        name: z.string().describe('Of its file, in messages.'),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .readonly()
    .optional()
    .describe("Objectives and constraints of the user's own, kept as `modules/<sha256>.mjs`."),
  priority: z.int().optional().describe('Whose turn comes first: the higher; default 0.'),
  caller: z.string().optional().describe('Who submitted it, in their own words.'),
  labels: z.record(z.string(), z.string()).optional().describe('What its client says of it.'),
});

export type RunOrigin = z.infer<typeof originSchema>;

/** Label of a study's run: the study's name. */
export const studyLabel = 'study';

/** The study that a run is one of, by name. Each of its runs is judged as if it were the only one, so that none is released. */
export function studyOf({ labels }: Pick<RunOrigin, 'labels'>): string | undefined {
  return labels?.[studyLabel];
}

/** Writes where a run came from. */
export async function writeOrigin(
  { origin }: RunFolder,
  content: RunOrigin,
  fence?: Fence,
): Promise<void> {
  const stored = { ...content, basePath: toName(content.basePath) };
  await writeFileAtomic(origin, `${JSON.stringify(stored, null, 2)}\n`, fence);
}

/**
 * Reads where a run's folder came from; brings one that lies in an object store, but for its weights.
 *
 * @throws Fault `not-found` if the folder holds no run, `precondition` if what it says of it cannot be read, `invalid` if that is damaged.
 */
export async function readOrigin(runPath: string): Promise<RunOrigin> {
  const folder = describeRunFolder(runPath);
  const { origin } = folder;
  await pullRunFile(folder, origin);
  const name = `${toName(runPath)}/origin.json`;
  const text = await readFile(origin, 'utf8').catch(ignoreMissing(name));
  if (text === undefined) {
    throw new Fault(
      'not-found',
      `${toName(runPath)} holds no run (it has no origin.json); name the folder that its run printed`,
    );
  }
  await pullRun(folder);
  try {
    const found = originSchema.parse(JSON.parse(text));
    return { ...found, basePath: resolveName('.', found.basePath) };
  } catch (cause) {
    // Written whole or not at all: someone has edited it.
    const message = `${runPath}/origin.json is damaged; run the plan again in a new folder`;
    throw new Fault('invalid', message, { cause });
  }
}
