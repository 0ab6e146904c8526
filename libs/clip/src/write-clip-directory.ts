import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isInside, writeFolderAtomic } from '@holdfast/artifacts';
import { Fault, type FieldViolation } from '@holdfast/fault';
import type { ClipDirectory } from './clip-directory.js';
import { copyKeptFiles } from './copy-kept-files.js';
import { changeByArray, type FindChange } from './find-change.js';
import { hashWeights } from './hash-weights.js';
import type { ParameterLayout } from './parameter-layout.js';
import { headsFileName } from './stored-heads.js';
import { writeHeads } from './write-heads.js';
import { writeWeightFile } from './write-weight-file.js';

/** A model to write. */
export interface WriteClipSettings {
  /** The model that the parameters started from: everything but the weights comes from it. */
  readonly source: ClipDirectory;
  /** Of the parameters that may differ from the source's: all of the model's, or the trainable ones. */
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  /** Of the layout's adapters, which are merged into their weights. */
  readonly adapterScale?: number | undefined;
  /** Directory to make or to replace; never the source. */
  readonly target: string;
  /** What each head is for, in order; stored with the heads. */
  readonly headNames?: readonly string[] | undefined;
  /** Further files by name inside the directory; they take precedence over the source's. */
  readonly extraFiles?: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * Writes a model as a directory like the source's that appears whole or not at all: the source's
 * files, tensor names, element types and shards with the parameters' values, heads in
 * `heads.safetensors`. Weights in other formats beside the source's are left out: they would be the
 * old model's. So are its heads, unless the layout has heads.
 *
 * A half-precision source gives a half-precision model: the values are rounded ({@link listHalfPrecision}), and what is judged
 * must be, too.
 * @returns the sha256 that {@link openClipDirectory} finds in the target.
 * @throws Fault `precondition` that names the parameters that are not finite or beyond the range of
 *   their element type; `invalid` if the target is, or lies in, the source.
 */
export async function writeClipDirectory(settings: WriteClipSettings): Promise<{ sha256: string }> {
  const { source, layout, parameters, adapterScale } = settings;
  const { extraFiles = new Map<string, Uint8Array>() } = settings;
  const target = resolve(settings.target);
  if (parameters.length !== layout.length) {
    throw new RangeError(`the layout has ${layout.length} elements, not ${parameters.length}`);
  }
  refuseSource(source.path, target);
  refuseNonFinite(layout, parameters);
  return writeFolderAtomic(target, async (folder) => {
    const findChange = changeByArray({ layout, parameters, adapterScale });
    const hashes = await writeModel(source, findChange, folder);
    if (layout.entries.some((entry) => entry.name === 'heads.A')) {
      hashes.set(headsFileName, await writeHeads(settings, folder));
    }
    await writeExtraFiles(folder, extraFiles, hashes);
    return { sha256: hashWeights(hashes) };
  });
}

/** A model whose parameters are computed when their turn comes. */
export interface ComposeClipSettings {
  /** Everything but the weights comes from it. */
  readonly source: ClipDirectory;
  /** The values of one parameter of the whole model, by its name. */
  readonly compute: (parameter: string) => Promise<Float32Array>;
  /** Directory to make or to replace; never the source. */
  readonly target: string;
  /** Further files by name inside the directory, given the sha256 of the weights. */
  readonly describe: (sha256: string) => ReadonlyMap<string, Uint8Array>;
}

/**
 * Writes a model as {@link writeClipDirectory} does, one tensor at a time: no array of all parameters
 * exists, so that memory is that of the largest tensor. Heads of the source are left out.
 *
 * @returns the sha256 that {@link openClipDirectory} finds in the target.
 * @throws Fault `precondition` if a value is beyond the range of its element type; `invalid` if the
 *   target is, or lies in, the source.
 */
export async function composeClipDirectory(
  settings: ComposeClipSettings,
): Promise<{ sha256: string }> {
  const { source, compute, describe } = settings;
  const target = resolve(settings.target);
  refuseSource(source.path, target);
  return writeFolderAtomic(target, async (folder) => {
    const hashes = await writeModel(source, compute, folder);
    const sha256 = hashWeights(hashes);
    await writeExtraFiles(folder, describe(sha256), hashes);
    return { sha256 };
  });
}

/** Writes the source's kept files and its weights with the changes; sha256 of each weight file. */
async function writeModel(
  source: ClipDirectory,
  findChange: FindChange,
  folder: string,
): Promise<Map<string, string>> {
  await copyKeptFiles(source, folder);
  const hashes = new Map<string, string>();
  for (const file of source.weightFiles) {
    hashes.set(file.name, await writeWeightFile({ source, file, findChange, folder }));
  }
  return hashes;
}

function refuseSource(source: string, target: string): void {
  if (isInside(target, source)) {
    throw new Fault(
      'invalid',
      `the model cannot be written to ${target}: the base model in ${source} must stay as it is`,
    );
  }
}

function refuseNonFinite(layout: ParameterLayout, parameters: Float32Array): void {
  const violations: FieldViolation[] = [];
  for (const { name, offset, size } of layout.entries) {
    const bad = parameters.subarray(offset, offset + size).findIndex((x) => !Number.isFinite(x));
    if (bad === -1) continue;
    const description = `element ${bad} is ${parameters[offset + bad]}`;
    violations.push({ field: name, description });
  }
  if (violations.length === 0) return;
  const { field, description } = violations[0]!;
  throw new Fault(
    'precondition',
    `the parameters are not finite (${field}: ${description}${violations.length > 1 ? `; and ${violations.length - 1} more tensors` : ''}): training diverged; try a lower learning rate`,
    { violations },
  );
}

async function writeExtraFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
  weights: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [name, bytes] of files) {
    const path = join(folder, name);
    if (dirname(path) !== folder || weights.has(name)) {
      throw new RangeError(`${name} is not the name of an extra file`);
    }
    await writeFile(path, bytes);
  }
}
