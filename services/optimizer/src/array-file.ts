import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { readExactly, readInto, writeFully } from '@holdfast/artifacts';
import type { ParameterLayout } from '@holdfast/clip';
import type { ArrayName, Engine } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import {
  headerLengthBytes,
  layOutSafetensors,
  parseHeader,
  readHeaderLength,
  type SafetensorsHeader,
  type TensorDescription,
} from '@holdfast/safetensors';
import { toBytes } from '@holdfast/tensor';

/** One array of a run. */
export interface RunArray {
  readonly engine: Engine;
  readonly runId: string;
  readonly array: ArrayName;
  readonly layout: ParameterLayout;
}

/** Writes an array as float32 tensors, one a parameter, one at a time. */
export async function writeArrayFile(path: string, source: RunArray): Promise<void> {
  const { engine, runId, array, layout } = source;
  const tensors = new Map<string, TensorDescription>(
    layout.entries.map(({ name, shape }) => [name, { dtype: 'F32', shape }]),
  );
  const { header, offsets } = layOutSafetensors(tensors, new Map([['array', array]]));
  const file = await open(path, 'wx');
  try {
    await writeFully(file, 0, header);
    for (const { name, offset, size } of layout.entries) {
      const bytes = toBytes(await engine.readArray({ runId, array, offset, count: size }));
      await writeFully(file, offsets.get(name)!, bytes);
    }
  } finally {
    await file.close();
  }
}

/**
 * Reads a file of {@link writeArrayFile} into an array, bit for bit.
 *
 * @throws Fault `invalid` if it does not hold exactly the run's parameters; nothing is then changed.
 */
export async function readArrayFile(path: string, target: RunArray): Promise<void> {
  const { engine, runId, array, layout } = target;
  const file = await openFile(path);
  try {
    const { tensors } = await readHeader(file, path);
    for (const { name, shape } of layout.entries) {
      const tensor = tensors.get(name);
      if (tensor?.dtype === 'F32' && `${tensor.shape}` === `${shape}`) continue;
      throw new Fault('invalid', `${path} does not hold ${name} [${shape}] as float32`);
    }
    if (tensors.size !== layout.entries.length) {
      throw new Fault('invalid', `${path} holds ${tensors.size} tensors, the run has fewer`);
    }
    for (const { name, offset, size } of layout.entries) {
      const data = new Float32Array(size);
      await readInto(file, tensors.get(name)!.start, toBytes(data));
      await engine.writeArray({ runId, array, offset, data });
    }
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: Error) => {
    throw new Fault('not-found', `cannot read ${path}: ${cause.message}`, { cause });
  });
}

async function readHeader(file: FileHandle, path: string): Promise<SafetensorsHeader> {
  const { size } = await file.stat();
  const described = { name: basename(path), bytes: size };
  try {
    const start = await readExactly(file, 0, Math.min(headerLengthBytes, size));
    const json = await readExactly(file, headerLengthBytes, readHeaderLength(start, described));
    return parseHeader(json, described);
  } catch (cause) {
    throw new Fault('invalid', `${path}: ${(cause as Error).message}`, { cause });
  }
}
