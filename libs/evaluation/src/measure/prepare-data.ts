import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import {
  type Dataset,
  type LoadPurpose,
  type Role,
  type Sample,
  samplesWithRole,
  writeSampleTable,
} from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { deriveTemperature, type PlanDraft, withPlanLines } from '@holdfast/plan';
import type { PlanFile } from '../data/plan-file.js';
import {
  loadPlanData,
  type PlanData,
  type ReadPlanDataOptions,
  readPlanData,
} from '../data/read-plan-data.js';
import { type DriftData, readDrift } from '../drift/read-drift.js';
import type { MeasureOptions } from './measure-options.js';

/** The samples of a role or of a pool, ready for an encoder. */
export interface MeasuredData extends PlanData {
  readonly plan: PlanDraft;
  /** Temperature of the losses: the plan's, or what `auto` is for the model that is judged. */
  readonly temperature: number;
  /** What is measured, its indices counted from 0. */
  readonly samples: readonly Sample[];
  readonly tablePath: string;
  readonly tableSha256: string;
  /** Images without labels that are watched, in the table after the samples. */
  readonly drift?: DriftData | undefined;
  /** Folder for prepared pixels, shared by the models that are measured. */
  readonly cachePath: string;
}

/** Reads the data that a plan names; what is wrong with the plan's fields carries their lines. */
export function readNamedData(
  file: PlanFile,
  options: MeasureOptions,
  purpose: LoadPurpose,
): Promise<PlanData> {
  const { plan, basePath } = file;
  return withPlanLines(file, () => readPlanData(plan, basePath, showReading(options, purpose)));
}

/** As {@link readNamedData}, as far as that has nothing to do with how the plan trains. */
export function loadNamedData(
  file: PlanFile,
  options: MeasureOptions,
  purpose: LoadPurpose,
): Promise<Dataset> {
  const { plan, basePath } = file;
  return withPlanLines(file, () => loadPlanData(plan, basePath, showReading(options, purpose)));
}

function showReading(
  { signal, onProgress }: MeasureOptions,
  purpose: LoadPurpose,
): ReadPlanDataOptions {
  return {
    signal,
    purpose,
    onProgress: ({ done, total }) => onProgress('reading data', done, total),
  };
}

/** Images to measure. */
export interface ChosenImages {
  readonly samples: readonly Sample[];
  /** What a person should know of them. */
  readonly notes: readonly string[];
}

/** What is measured, and against what. */
export interface MeasuredPart {
  /** A role of the plan's data, or images that are chosen knowing them. */
  readonly images: Role | ((data: PlanData, options: MeasureOptions) => Promise<ChosenImages>);
  /** Of the model that is judged, so that losses have one unit whatever it is compared with: what it multiplies similarities by. */
  readonly logitScale: number;
}

/** Prepares samples, calls `measure`, and takes its temporary files away. */
export async function withPlanData<T>(
  file: PlanFile,
  { images, logitScale }: MeasuredPart,
  options: MeasureOptions,
  measure: (data: MeasuredData) => Promise<T>,
  { withDrift = false }: { readonly withDrift?: boolean } = {},
): Promise<T> {
  const read = await readNamedData(file, options, 'judge');
  const chosen =
    typeof images === 'function'
      ? await images(read, options)
      : { samples: requireRole(file, read, images), notes: [] };
  const samples = chosen.samples.map((sample, index) => ({ ...sample, index }));
  const drift = withDrift
    ? await readDrift(file.plan, file.basePath, {
        dataset: read.dataset,
        firstIndex: samples.length,
        signal: options.signal,
        onProgress: ({ done, total }) =>
          options.onProgress('reading unlabelled images', done, total),
      })
    : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'));
  try {
    const tablePath = join(folder, 'samples.csv');
    await writeSampleTable(tablePath, [...samples, ...(drift?.samples ?? [])]);
    return await measure({
      ...read,
      dataset: { ...read.dataset, notes: [...read.dataset.notes, ...chosen.notes] },
      plan: file.plan,
      temperature: chooseTemperature(file.plan, logitScale),
      samples,
      drift,
      tablePath,
      tableSha256: sha256(await readFile(tablePath)),
      cachePath: join(folder, 'cache'),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function requireRole(file: PlanFile, { dataset }: PlanData, role: Role): Sample[] {
  const samples = samplesWithRole(dataset, role);
  if (samples.length > 0) return samples;
  throw new Fault('invalid', `${file.name}: no image of its data has the role ${role}`);
}

function chooseTemperature({ constraints }: PlanDraft, logitScale: number): number {
  const { constraintTemperature: given } = constraints;
  return given === 'auto' ? deriveTemperature({ logitScale }).value : given;
}
