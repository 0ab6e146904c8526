import type { ImageTraits } from '@holdfast/image';
import { type Column, createColumn } from './column.js';
import {
  type DataTable,
  labelsMax,
  type RowProblem,
  type RowState,
  rowStates,
  type TableTraits,
  useNames,
} from './data-table.js';
import { createKeyTable } from './key-table.js';
import type { RowCells } from './read-cells.js';

/** Takes a manifest row by row. */
export interface TableBuilder {
  /** Adds a row and says its number. */
  add(cells: RowCells): number;
  /** Marks what is wrong with a row. */
  mark(state: Exclude<RowState, 'sound'>, problem: RowProblem): void;
  /** Keeps what is seen of a row's image. */
  keep(row: number, traits: ImageTraits): void;
  build(slices: DataTable['slices']): DataTable;
}

const listedMax = 50;
const ownGroup = 2 ** 32 - 1;
const sketchValues = 64;

/** Makes a builder without rows. */
export function createTableBuilder({ hasTraits }: { readonly hasTraits: boolean }): TableBuilder {
  const labels = new Map<string, number>();
  const groups = createKeyTable();
  const words = () => createColumn((length) => new Uint32Array(length));
  const bytes = () => createColumn((length) => new Uint8Array(length));
  const [labelOf, groupOf] = [words(), words()];
  const [roleOf, splitOf, states] = [bytes(), bytes(), bytes()];
  const traits = hasTraits ? createTraits() : undefined;
  const problems = {
    unusable: createProblemList(),
    missing: createProblemList(),
    repeated: createProblemList(),
    undecodable: createProblemList(),
  };
  let rows = 0;
  let hasGroups = false;
  let [hasRoles, hasSplits] = [false, false];

  let last = { group: '', number: 0 };
  /** Rows of a group often follow one another. */
  function numberGroup(group: string): number {
    if (group !== last.group) last = { group, number: groups.add(group) };
    return last.number;
  }
  function numberLabel(label: string): number {
    const known = labels.get(label);
    if (known !== undefined) return known;
    const number = Math.min(labels.size, labelsMax);
    if (number < labelsMax) labels.set(label, number);
    return number;
  }

  return {
    add({ label, group, roleUse, splitUse, hasRole, problem }) {
      const row = rows;
      rows += 1;
      hasGroups ||= group !== '';
      hasRoles ||= hasRole;
      hasSplits ||= splitUse > 0;
      labelOf.set(row, problem === undefined ? numberLabel(label) : 0);
      groupOf.set(row, group === '' ? ownGroup : numberGroup(group));
      roleOf.set(row, roleUse);
      splitOf.set(row, splitUse);
      states.set(row, 0);
      return row;
    },
    mark(state, problem) {
      states.set(problem.row, rowStates.indexOf(state));
      problems[state].add(problem);
    },
    keep(row, seen) {
      traits?.keep(row, seen);
    },
    build(slices) {
      let groupCount = groups.size;
      const numbered = groupOf.view(rows);
      for (let row = 0; row < rows; row += 1) {
        if (numbered[row] !== ownGroup) continue;
        numbered[row] = groupCount;
        groupCount += 1;
      }
      // As a run decides: roles count where any row has one.
      const byRole = hasRoles || !hasSplits;
      const others = labels.size === labelsMax ? ['(other labels)'] : [];
      return {
        rows,
        labels: [...labels.keys(), ...others],
        labelOf: labelOf.view(rows),
        groupOf: numbered,
        groupCount,
        hasGroups,
        uses: byRole ? useNames.role : useNames.split,
        useOf: byRole ? roleOf.view(rows) : splitOf.view(rows),
        states: states.view(rows),
        problems: {
          unusable: problems.unusable.read(),
          missing: problems.missing.read(),
          repeated: problems.repeated.read(),
          undecodable: problems.undecodable.read(),
        },
        slices,
        traits: traits?.read(rows),
      };
    },
  };
}

function createTraits() {
  const contents = createKeyTable();
  const numbers = createColumn((length) => new Uint32Array(length));
  const hashes = createColumn((length) => new Uint32Array(length), 2);
  const sketches = createColumn((length) => new Uint8Array(length), sketchValues);
  const sizes = createColumn((length) => new Uint32Array(length), 2);
  const measures = [0, 1, 2].map(() => createColumn((length) => new Float32Array(length)));
  const [sharpness, brightness, contrast] = measures as [
    Column<Float32Array>,
    Column<Float32Array>,
    Column<Float32Array>,
  ];
  return {
    keep(row: number, seen: ImageTraits) {
      const digest = new DataView(seen.sha256.buffer, seen.sha256.byteOffset);
      numbers.set(row, contents.addKey(digest.getUint32(0), digest.getUint32(4)));
      hashes.set(row, ...seen.hash);
      sketches.set(row, ...seen.sketch);
      sizes.set(row, seen.height, seen.width);
      sharpness.set(row, seen.sharpness);
      brightness.set(row, seen.brightness);
      contrast.set(row, seen.contrast);
    },
    read(rows: number): TableTraits {
      // Rows without an image at the end: as long as the others.
      for (const column of [numbers, sharpness, brightness, contrast]) column.reserve(rows);
      for (const column of [hashes, sketches, sizes]) column.reserve(rows);
      return {
        contents: numbers.view(rows),
        contentCount: contents.size,
        hashes: hashes.view(rows),
        sketches: sketches.view(rows),
        sizes: sizes.view(rows),
        sharpness: sharpness.view(rows),
        brightness: brightness.view(rows),
        contrast: contrast.view(rows),
      };
    },
  };
}

function createProblemList() {
  const listed: RowProblem[] = [];
  let count = 0;
  return {
    add(problem: RowProblem) {
      count += 1;
      if (listed.length < listedMax) listed.push(problem);
    },
    read: () => ({ count, listed }),
  };
}
