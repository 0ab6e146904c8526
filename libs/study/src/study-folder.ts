import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreMissing, writeFileAtomic } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { concludeStudy } from './conclude-study.js';
import { type BenchmarkNames, formatBenchmark } from './format-benchmark.js';
import { formatStudyCsv } from './format-csv.js';
import { reachAim } from './reach-aim.js';
import { type CellRecord, type StudyRecord, studyRecordSchema } from './study-record.js';
import type { Study } from './study-schema.js';
import { listUndecided, summarizeMethods } from './summarize-study.js';

/** What makes a study the one it is. */
export interface StudySource {
  readonly study: Study;
  readonly file: StudyRecord['study'];
  readonly plan: StudyRecord['plan'];
}

/** What is known of a study whose runs stand so. A pure function. */
export function describeStudy(
  { study, file, plan }: StudySource,
  cells: readonly CellRecord[],
): StudyRecord {
  const { measure, images, margin, method, level, aim = null, between } = study.conclude;
  const against = [...study.methods.keys()].filter((name) => name !== method);
  return {
    schema: 'holdfast.study/1',
    study: file,
    plan,
    conclude: { measure, images, margin, method, against, level, aim, between },
    cells,
    methods: summarizeMethods(cells),
    conclusions: concludeStudy(cells, study),
    aims: reachAim(cells, study),
    power: listUndecided(cells),
  };
}

/** What is written beside `study.json` and is not of it. */
export interface StudyPages {
  readonly html: string;
  readonly names: BenchmarkNames;
}

/** Writes a study's files into its folder, each whole or not at all; `study.json` last. */
export async function writeStudy(
  folder: string,
  record: StudyRecord,
  { html, names }: StudyPages,
): Promise<void> {
  const benchmark = formatBenchmark(record.cells, names);
  await writeFileAtomic(join(folder, 'study.html'), html);
  await writeFileAtomic(join(folder, 'clip-benchmark.jsonl'), benchmark);
  await writeFileAtomic(join(folder, 'study.csv'), formatStudyCsv(record.cells));
  await writeFileAtomic(join(folder, 'study.json'), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Refuses to go on in the folder of another study, for what a study concludes from is fixed before its first run, and to begin where
 * something else lies.
 *
 * @throws Fault `precondition` if study or plan are not those that the folder began with, or it has other files; `invalid` if it says neither.
 */
export async function requireSameStudy(
  folder: string,
  { file, plan }: Pick<StudySource, 'file' | 'plan'>,
): Promise<void> {
  const path = join(folder, 'study.json');
  const text = await readFile(path, 'utf8').catch(ignoreMissing(path));
  if (text === undefined) return requireEmpty(folder);
  const began = parse(text, path);
  for (const [now, then] of [
    [file, began.study],
    [plan, began.plan],
  ] as const) {
    if (now.sha256 === then.sha256) continue;
    const message = `${now.name} is not what ${folder} began with (sha256 ${then.sha256.slice(0, 12)}): what a study runs and concludes from is fixed before its first run. Put the file back, or give another --folder`;
    throw new Fault('precondition', message);
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new Fault('precondition', `${folder} can be no study's folder (${cause.code})`, {
      cause,
    });
  });
  if (names.length === 0) return;
  const message = `${folder} is not empty, and no study's: name a new folder with --folder`;
  throw new Fault('precondition', message);
}

/** What says which study it is: what an earlier version did not know is written anew. */
const identitySchema = studyRecordSchema.pick({ schema: true, study: true, plan: true });

function parse(text: string, path: string): Pick<StudyRecord, 'study' | 'plan'> {
  try {
    return identitySchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Fault('invalid', `${path} is no study of this version; give another --folder`, {
      cause,
    });
  }
}
