import { createFileFinder } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { createThumbnail } from '@holdfast/image';
import {
  type ContactSheet,
  renderContactSheet,
  type SheetPicture,
  type SheetSection,
} from '@holdfast/report';
import { writeNewRows } from '../source/write-new-rows.js';

/** A picture of a file, or one that was made. */
export type PlannedPicture = Omit<SheetPicture, 'picture'> & { readonly picture?: string };

/** Pictures of one kind, before they are read. */
export interface PlannedSection extends Omit<SheetSection, 'items'> {
  readonly items: readonly {
    readonly pictures: readonly PlannedPicture[];
    readonly caption?: string | undefined;
  }[];
}

/** A contact sheet, before its pictures are read. */
export interface PlannedSheet extends Omit<ContactSheet, 'sections'> {
  readonly sections: readonly PlannedSection[];
}

/** Longest side of a picture, in pixels. */
const pictureSizePx = 112;
/** Pictures of one sheet; later ones are left out. */
export const picturesMax = 1500;

/**
 * Reads the pictures of a sheet and writes it as one file, which is not there yet.
 *
 * @param name of the file, for messages
 * @param root real path of the folder that pictures' paths start from
 * @throws Fault `precondition` if the file exists or cannot be written.
 */
export async function writeContactSheet(
  { path, name }: { readonly path: string; readonly name: string },
  { sections, ...sheet }: PlannedSheet,
  root: string,
  {
    signal,
    onProgress,
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress: (activity: string, done: number, total: number) => void;
  },
): Promise<void> {
  const kept = cutSections(sections);
  const total = kept.reduce((sum, section) => sum + countPictures(section), 0);
  const finder = createFileFinder(root);
  let done = 0;
  const read = async (planned: PlannedPicture): Promise<SheetPicture> => {
    if (signal?.aborted) throw new Fault('cancelled', 'stopped on request');
    const file = planned.picture === undefined ? finder.find(planned.path) : '';
    const made = typeof file === 'string' ? '' : await createThumbnail(file.path, pictureSizePx);
    done += 1;
    onProgress('preparing pictures', done, total);
    return { ...planned, picture: planned.picture ?? made };
  };
  const filledSections: SheetSection[] = [];
  for (const { items, ...section } of kept) {
    const shown = [];
    for (const { pictures, caption } of items) {
      const filled: SheetPicture[] = [];
      for (const picture of pictures) filled.push(await read(picture));
      shown.push({ pictures: filled, caption });
    }
    filledSections.push({ ...section, items: shown });
  }
  await writeNewRows({ path, name }, [renderContactSheet({ ...sheet, sections: filledSections })]);
}

function countPictures({ items }: PlannedSection): number {
  return items.reduce((sum, { pictures }) => sum + pictures.length, 0);
}

/** Sections without items are left out, and what goes beyond the pictures of one sheet. */
function cutSections(sections: readonly PlannedSection[]): PlannedSection[] {
  let left = picturesMax;
  return sections.flatMap((section) => {
    const items = section.items.filter(({ pictures }) => {
      left -= pictures.length;
      return left >= 0;
    });
    if (items.length === 0) return [];
    return [{ ...section, items, total: section.total ?? section.items.length }];
  });
}
