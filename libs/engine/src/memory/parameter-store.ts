import { layOutParameters, type ParameterLayout } from '@holdfast/clip';
import { Tensor } from '../native/onnxruntime.js';
import { createArena } from './arena.js';
import { type ArrayName, arrayNames, isGradientArray } from './array-name.js';
import { type Kernels, loadKernels } from './load-kernels.js';
import { type BankPlan, planBanks, scratchBytes } from './plan-banks.js';
import { assignRole, type Revision } from './tensor-role.js';

/** All arrays of one bank, in one memory. */
export interface Bank extends BankPlan {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** Byte offset of an array. */
  pointer(array: ArrayName): number;
  /** Elements for rows that kernels work on; whoever uses them writes first. */
  readonly scratch: Float32Array;
  /** The whole array as a view. */
  view(array: ArrayName): Float32Array;
}

/** A parameter in one array. */
export interface ParameterLocation {
  readonly bank: Bank;
  /** Byte offset in the bank's memory. */
  readonly pointer: number;
  /** Elements. */
  readonly size: number;
}

/** Parameters that a run only reads. */
export interface FrozenParameters {
  readonly layout: ParameterLayout;
  readonly data: Float32Array;
}

/**
 * The parameter-sized arrays of a run, over the parameters that train, and the others, which are there
 * once.
 */
export interface ParameterStore {
  /** Of the parameters that train. */
  readonly layout: ParameterLayout;
  readonly frozen: FrozenParameters;
  readonly banks: readonly Bank[];
  /** Whether a parameter is in the layout of those that train. */
  trains(parameter: string): boolean;
  /** One parameter in one array, as a view; a frozen one is the same in every array of weights. */
  view(array: ArrayName, parameter: string): Float32Array;
  /** Where a parameter that trains lies. */
  locate(array: ArrayName, parameter: string): ParameterLocation;
  /** The same view as a tensor; made once, so that feeding it costs nothing. */
  tensor(array: ArrayName, parameter: string, shape: readonly number[]): Tensor;
  /** Calls `use` with each bank's part of a range, as a view, and where it lies in the range. */
  visit(
    array: ArrayName,
    range: { readonly offset: number; readonly count: number },
    use: (part: Float32Array, at: number) => void,
  ): void;
  /** Copies elements out. */
  read(array: ArrayName, offset: number, count: number): Float32Array;
  /** Copies elements in. */
  write(array: ArrayName, offset: number, data: Float32Array): void;
  /** Writes to an array so far, in this run. */
  writes(array: ArrayName): number;
  /** Counts one more write; what the array stands for is then not known. */
  touch(array: ArrayName): void;
  /** What an array stands for, as of weights the steps taken; undefined where nothing whole was written to it. */
  version(array: ArrayName): number | undefined;
  /** Says what an array, now whole, stands for. */
  setVersion(array: ArrayName, version: number | undefined): void;
  /** Arrays that were added since the last write that was no addition. */
  additions(array: ArrayName): number;
  /** Says that the last write was an addition, and which. */
  countAddition(array: ArrayName, addition: number): void;
}

const pageBytes = 65536;

function createBank(plan: BankPlan): Bank {
  const bytes = plan.length * 4;
  // Pages that nobody touches cost no memory: arrays that a run does not use are free.
  const scratchStart = bytes * arrayNames.length;
  const pages = Math.ceil((scratchStart + scratchBytes) / pageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const pointer = (array: ArrayName) => arrayNames.indexOf(array) * bytes;
  return {
    ...plan,
    memory,
    kernels: loadKernels(memory),
    pointer,
    scratch: new Float32Array(memory.buffer, scratchStart, scratchBytes / 4),
    view: (array) => new Float32Array(memory.buffer, pointer(array), plan.length),
  };
}

/** Parts of a store that are not there by default. */
export interface StoreOptions {
  /** Default: none. */
  readonly frozen?: ParameterLayout;
  readonly bankElementsMax?: number;
}

const weightArrays: readonly ArrayName[] = ['parameters', 'reference', 'average', 'evaluation'];

/**
 * Allocates every array of a run, zeroed, once.
 *
 * @throws RangeError for elements or parameters outside the layout.
 */
export function createParameterStore(
  layout: ParameterLayout,
  { frozen: frozenLayout = layOutParameters([]), bankElementsMax }: StoreOptions = {},
): ParameterStore {
  const frozen = allocateFrozen(frozenLayout);
  const stays = new Map(frozen.layout.entries.map((entry) => [entry.name, entry]));
  const banks = planBanks(layout, bankElementsMax).map(createBank);
  const tensors = new Map<string, Tensor>();
  const written = new Map<ArrayName, number>();
  const versions = new Map<ArrayName, number | undefined>();
  const added = new Map<ArrayName, number>();
  const revisions = new Map<ArrayName, Revision>(arrayNames.map((array) => [array, { array }]));
  const unwritten: Revision = { array: 'frozen' };

  function view(array: ArrayName, parameter: string): Float32Array {
    const still = stays.get(parameter);
    if (still !== undefined && weightArrays.includes(array)) {
      return frozen.data.subarray(still.offset, still.offset + still.size);
    }
    const { bank, pointer, size } = locate(array, parameter);
    return new Float32Array(bank.memory.buffer, pointer, size);
  }

  function locate(array: ArrayName, parameter: string): ParameterLocation {
    const { offset, size } = layout.get(parameter);
    const bank = banks.find(({ start, length }) => offset >= start && offset < start + length)!;
    return { bank, pointer: bank.pointer(array) + (offset - bank.start) * 4, size };
  }

  function tensor(array: ArrayName, parameter: string, shape: readonly number[]): Tensor {
    const frozen = stays.has(parameter) && weightArrays.includes(array);
    const key = `${frozen ? 'frozen' : array} ${parameter} ${shape}`;
    let made = tensors.get(key);
    if (made === undefined) {
      const kind = frozen ? 'frozen' : isGradientArray(array) ? 'sum' : 'weight';
      const revision = () => (frozen ? unwritten : revisions.get(array)!);
      made = assignRole(new Tensor('float32', view(array, parameter), shape), { kind, revision });
      tensors.set(key, made);
    }
    return made;
  }

  function visit(
    array: ArrayName,
    range: { offset: number; count: number },
    use: (part: Float32Array, at: number) => void,
  ): void {
    const end = range.offset + range.count;
    if (range.offset < 0 || end > layout.length) {
      throw new RangeError(`elements ${range.offset}..${end} are not all in 0..${layout.length}`);
    }
    for (const bank of banks) {
      const from = Math.max(range.offset, bank.start);
      const to = Math.min(end, bank.start + bank.length);
      if (from >= to) continue;
      use(bank.view(array).subarray(from - bank.start, to - bank.start), from - range.offset);
    }
  }

  function read(array: ArrayName, offset: number, count: number): Float32Array {
    const copy = new Float32Array(count);
    visit(array, { offset, count }, (part, at) => copy.set(part, at));
    return copy;
  }

  function write(array: ArrayName, offset: number, data: Float32Array): void {
    visit(array, { offset, count: data.length }, (part, at) => {
      part.set(data.subarray(at, at + part.length));
    });
  }

  const writes = (array: ArrayName) => written.get(array) ?? 0;
  function touch(array: ArrayName): void {
    written.set(array, writes(array) + 1);
    revisions.set(array, { array });
    added.set(array, 0);
    versions.delete(array);
  }
  const version = (array: ArrayName) => versions.get(array);
  const setVersion = (array: ArrayName, stands: number | undefined) =>
    void versions.set(array, stands);
  const additions = (array: ArrayName) => added.get(array) ?? 0;
  const countAddition = (array: ArrayName, addition: number) => void added.set(array, addition);

  const trained = new Set(layout.entries.map(({ name }) => name));
  const trains = (parameter: string) => trained.has(parameter);
  return {
    layout,
    frozen,
    banks,
    trains,
    view,
    locate,
    tensor,
    visit,
    read,
    write,
    writes,
    touch,
    version,
    setVersion,
    additions,
    countAddition,
  };
}

/** One array, which starts at a cache line. */
function allocateFrozen(layout: ParameterLayout): FrozenParameters {
  return { layout, data: createArena().allocate(layout.length) };
}
