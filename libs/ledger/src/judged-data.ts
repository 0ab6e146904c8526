import { sha256 } from '@holdfast/artifacts';

/** An image that judges, as far as a verdict depends on it. */
export interface JudgedImage {
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** Empty where it is not known. */
  readonly label: string;
  readonly group: string;
}

/** Images that judge, wherever they lie and whatever their groups are called. */
export interface JudgedData {
  /** Of contents, labels and which images belong together, in hexadecimal. */
  readonly sha256: string;
  /** The first 48 bits of each image's sha256 in hexadecimal, sorted, each once. */
  readonly images: readonly string[];
}

/** Hexadecimal digits that tell an image from any other: a million pairs of a million meet by chance once in 280. */
const digits = 12;

/**
 * Identifies the images that judge. Paths are no part of it: a group is known by the first of its
 * images' hashes, because the group of an image that stands alone is named after its path.
 */
export function describeJudgedData(images: readonly JudgedImage[]): JudgedData {
  const firstOf = new Map<string, string>();
  for (const { group, sha256: hash } of images) {
    const first = firstOf.get(group);
    if (first === undefined || hash < first) firstOf.set(group, hash);
  }
  const lines = images.map(({ sha256: hash, label, group }) =>
    JSON.stringify([hash, label, firstOf.get(group)]),
  );
  return {
    sha256: sha256(lines.sort().join('\n')),
    images: [...new Set(images.map(({ sha256: hash }) => hash.slice(0, digits)))].sort(),
  };
}

/** Whether two sets of images, each sorted, have one in common. */
export function sharesImage(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) return true;
    if (a[i]! < b[j]!) i += 1;
    else j += 1;
  }
  return false;
}

/** Images as one string of a ledger's line. */
export function packImages(images: readonly string[]): string {
  return Buffer.from(images.join(''), 'hex').toString('base64');
}

/** The images of a ledger's line. */
export function unpackImages(packed: string): string[] {
  return Buffer.from(packed, 'base64').toString('hex').match(/.{12}/g) ?? [];
}
