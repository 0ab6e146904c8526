import type { CountedPairs } from '../duplicates/find-duplicates.js';
import type { DataTable, Problems } from '../table/data-table.js';
import type { NamedRow } from '../table/read-rows.js';
import type { TableFindings } from './find-in-table.js';
import type { Counted, Inspection, NamedImage, NamedPair } from './inspection.js';
import type { TableQuality } from './measure-table.js';

/** Says which image a row is. */
export type NameImage = (row: number) => NamedImage;

/** Rows that findings and problems list. */
export function listFoundRows(
  { problems }: DataTable,
  { groupLeaks, images }: TableFindings,
): Set<number> {
  const pairs = [groupLeaks, ...(images ? listPairs(images) : [])];
  return new Set([
    ...Object.values(problems).flatMap(({ listed }) => listed.map(({ row }) => row)),
    ...pairs.flatMap(({ listed }) => listed.flatMap(({ first, second }) => [first, second])),
    ...(images?.quality.measures.flatMap(({ listed }) => listed.map(({ row }) => row)) ?? []),
    ...(images?.quality.elongated.listed ?? []),
  ]);
}

function listPairs({ copies, near }: NonNullable<TableFindings['images']>): CountedPairs[] {
  return [copies.repeats, copies.leaks, copies.conflicts, near.pairs, near.leaks];
}

/** Names images by the texts of their rows. */
export function createNamer(
  { uses, useOf }: DataTable,
  names: ReadonlyMap<number, NamedRow>,
): NameImage {
  return (row) => {
    const { place, path, label } = names.get(row)!;
    return { place, path, label, use: uses[useOf[row]!]! };
  };
}

/** Problems with places in place of rows. */
export function nameProblems(
  { problems }: DataTable,
  names: ReadonlyMap<number, NamedRow>,
): Inspection['problems'] {
  const name = ({ count, listed }: Problems) => ({
    count,
    listed: listed.map(({ row, path, reason }) => ({
      place: names.get(row)!.place,
      path,
      reason,
    })),
  });
  const { unusable, missing, repeated, undecodable } = problems;
  return {
    unusable: name(unusable),
    missing: name(missing),
    repeated: name(repeated),
    undecodable: name(undecodable),
  };
}

/** Findings with images in place of rows. */
export function nameFindings(
  { groupLeaks, images }: TableFindings,
  nameImage: NameImage,
): Pick<Inspection, 'groupLeaks' | 'copies' | 'near' | 'quality'> {
  const named = { groupLeaks: namePairs(groupLeaks, nameImage) };
  if (images === undefined) return { ...named, copies: null, near: null, quality: null };
  const { copies, near, quality } = images;
  return {
    ...named,
    copies: {
      repeats: namePairs(copies.repeats, nameImage),
      leaks: namePairs(copies.leaks, nameImage),
      conflicts: namePairs(copies.conflicts, nameImage),
    },
    near: {
      by: near.by,
      similarityMin: near.similarityMin,
      distanceMax: near.distanceMax,
      pairs: namePairs(near.pairs, nameImage),
      leaks: namePairs(near.leaks, nameImage),
    },
    quality: nameQuality(quality, nameImage),
  };
}

function namePairs({ count, listed }: CountedPairs, nameImage: NameImage): Counted<NamedPair> {
  const named = listed.map(({ first, second, similarity }) => ({
    first: nameImage(first),
    second: nameImage(second),
    similarity,
  }));
  return { count, listed: named };
}

function nameQuality({ measures, elongated }: TableQuality, nameImage: NameImage) {
  return {
    measures: measures.map(({ listed, ...measure }) => ({
      ...measure,
      listed: listed.map(({ row, value }) => ({ ...nameImage(row), value })),
    })),
    elongated: { count: elongated.count, listed: elongated.listed.map(nameImage) },
  };
}
