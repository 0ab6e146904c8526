import { basename } from 'node:path';
import { createProblems } from './problems.js';
import { readColumns } from './read-columns.js';

/** What labels may name. */
export interface LabelScope {
  /** Paths of the images. */
  readonly paths: ReadonlySet<string>;
  /** Labels that may be given. */
  readonly labels: readonly string[];
  /** What to say of another one; it follows the image and its label. */
  readonly describeUnknown: (label: string) => string;
}

/**
 * Reads labels that people gave: CSV with columns path and label, by path. A row without a label is one that nobody
 * has labelled yet.
 *
 * @throws Fault `not-found`, or `invalid` naming every row with an unknown image or label, or with another label than
 *   an earlier row of the same image.
 */
export async function readLabels(
  path: string,
  { paths, labels, describeUnknown }: LabelScope,
): Promise<Map<string, string>> {
  const problems = createProblems();
  const known = new Set(labels);
  const given = new Map<string, string>();
  for (const { place, cells } of await readColumns(path, ['path', 'label'])) {
    const [image = '', label = ''] = cells;
    const earlier = given.get(image);
    if (!paths.has(image)) problems.add(place, `${image} is no image of the folder`);
    else if (label === '') continue;
    else if (!known.has(label)) problems.add(place, `${image}: ${describeUnknown(label)}`);
    else if (earlier !== undefined && earlier !== label) {
      problems.add(place, `${image} is "${label}" here and "${earlier}" above`);
    } else given.set(image, label);
  }
  problems.throwIfAny(`${basename(path)} has rows that cannot be used`);
  return given;
}
