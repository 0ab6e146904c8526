import { compareText, listSome } from '../compare-text.js';
import { createProblems } from '../problems.js';
import {
  type ArchivedImage,
  type ArchiveIndex,
  cellNames,
  foldName,
  listCandidates,
} from './archive-index.js';
import type { IndexOptions } from './index-options.js';
import { readJsonFields } from './read-json-fields.js';

/** Files of one sample. */
export interface TarSample {
  readonly key: string;
  readonly extensions: Set<string>;
  image?: Omit<ArchivedImage, 'cells'>;
  /** Texts by extension. */
  readonly texts: Map<string, string>;
}

/** Gathers a tar's files to samples. */
export interface TarSamples {
  /** The sample that a file belongs to. */
  take(key: string, extension: string, file: string): TarSample;
  addImage(sample: TarSample, image: Omit<ArchivedImage, 'cells'>): void;
  /** `undefined`: what cannot be read as a text. */
  addText(sample: TarSample, extension: string, text: string | undefined): void;
  /** A file of a sample that nothing is read of. */
  addUnused(extension: string): void;
  /** What belongs to no sample. */
  leaveOut(file: string): void;
  /** @throws Fault `invalid` that names what is wrong, sample by sample. */
  finish(): ArchiveIndex;
}

/** Of columns that are not used. */
const unusedMax = 1000;

/**
 * Makes an empty collection. `finish` refuses samples with two images, with two files of one extension, or whose files
 * are not together, and a `json` or another column's file that is no text.
 */
export function createTarSamples({ name, columns, asked = [] }: IndexOptions): TarSamples {
  const problems = createProblems();
  const keys = new Set<string>();
  const images: ArchivedImage[] = [];
  const unused = new Set<string>();
  const without: string[] = [];
  const leftOut: string[] = [];
  let current: TarSample | undefined;

  function readCells(sample: TarSample): string[] {
    const fields = readJsonFields(sample.texts.get('json'), (what) =>
      problems.add(`${name}/${sample.key}.json`, what),
    );
    const used = new Set<string>();
    const read = (found: string | undefined) => {
      if (found === undefined) return '';
      used.add(found);
      return sample.texts.get(found)?.trim() ?? fields.get(found)!;
    };
    const known = [...sample.texts.keys(), ...fields.keys()];
    const cells = [
      ...cellNames.map((cell) =>
        read(listCandidates(cell, columns).find((each) => known.includes(each))),
      ),
      ...asked.map((name) => read(known.find((each) => foldName(each) === name))),
    ];
    for (const field of fields.keys()) if (!used.has(field)) addUnused(field);
    return cells;
  }

  function addUnused(column: string): void {
    if (unused.size < unusedMax) unused.add(column);
  }

  function close(sample: TarSample | undefined): void {
    if (sample === undefined) return;
    const cells = readCells(sample);
    if (sample.image !== undefined) images.push({ ...sample.image, cells });
    else without.push(`${sample.key} (${[...sample.extensions].join(', ')})`);
  }

  return {
    take(key, extension, file) {
      if (current?.key !== key) {
        close(current);
        if (keys.has(key)) {
          problems.add(
            `${name}/${file}`,
            `the sample ${key} has begun earlier in the tar: write a sample's files one after another, and no sample twice`,
          );
        }
        keys.add(key);
        current = { key, extensions: new Set(), texts: new Map() };
      }
      if (current.extensions.has(extension)) {
        problems.add(`${name}/${file}`, `the sample ${key} has another file of this extension`);
      }
      current.extensions.add(extension);
      return current;
    },
    addImage(sample, image) {
      if (sample.image !== undefined) {
        problems.add(
          `${name}/${image.name}`,
          `the sample has another image, ${sample.image.name}: say which by its extension, in data.columns.image`,
        );
      }
      sample.image = image;
    },
    addText(sample, extension, text) {
      if (text !== undefined) sample.texts.set(extension, text);
      else {
        const place = `${name}/${sample.key}.${extension}`;
        problems.add(place, 'is no text in UTF-8 of at most 1 MiB');
      }
    },
    addUnused,
    leaveOut: (file) => leftOut.push(file),
    finish() {
      close(current);
      current = undefined;
      problems.throwIfAny(`${name} has samples that cannot be used`);
      return {
        images,
        unused: [...unused].sort(compareText),
        notes: [
          ...describe(
            without,
            'sample has no image, and is left out',
            'samples have no image, and are left out',
          ),
          ...describe(
            leftOut,
            'file belongs to no sample, and is left out',
            'files belong to no sample, and are left out',
          ),
        ],
      };
    },
  };
}

function describe(names: readonly string[], one: string, many: string): string[] {
  if (names.length === 0) return [];
  return [`${names.length} ${names.length === 1 ? one : many}: ${listSome(names)}`];
}
