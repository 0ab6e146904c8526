import {
  type Counted,
  countLeaks,
  type Inspection,
  type NamedImage,
  type NamedPair,
  type NamedProblem,
} from '@holdfast/curation';
import { formatTable } from '../terminal/format-table.js';
import type { Terminal } from '../terminal/terminal.js';

/** Lines of each list; --json has more. */
const listedMax = 10;
/** Classes that are shown. */
const classesMax = 60;
const valuesMax = 12;

/** What an inspection found, for a person. */
export function formatInspection(
  name: string,
  inspection: Inspection,
  { output }: Pick<Terminal, 'output'>,
): string {
  const { dim } = output.colors;
  const lines = [
    ...summarize(name, inspection),
    '',
    ...formatClasses(inspection, dim),
    ...formatSlices(inspection, dim),
    ...formatQuality(inspection, dim),
    ...formatProblems(inspection),
    ...formatLeaks(inspection),
    ...inspection.notes.map((note) => `note: ${note}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** A number with its thousands apart. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

function summarize(name: string, inspection: Inspection): string[] {
  const { rows, images, groups, classes, problems, copies, near } = inspection;
  const bad = rows - images;
  const leaks = countLeaks(inspection);
  const read = copies === null ? ' Images were not read (--fast).' : '';
  return [
    `${name}: ${formatCount(images)} images of ${formatCount(classes.length)} classes in ${formatCount(groups)} groups.${read}`,
    ...(bad === 0
      ? []
      : [
          `${formatCount(bad)} of ${formatCount(rows)} rows cannot be used: ${[
            [problems.missing.count, 'without their file'],
            [problems.undecodable.count, 'that cannot be decoded'],
            [problems.repeated.count, 'named before'],
            [problems.unusable.count, 'wrong by themselves'],
          ]
            .filter(([count]) => count !== 0)
            .map(([count, what]) => `${formatCount(count as number)} ${what}`)
            .join(', ')}.`,
        ]),
    leaks === 0
      ? 'No leaks between uses were found.'
      : `Leaks between uses: ${formatCount(inspection.groupLeaks.count)} groups, ${formatCount(copies?.leaks.count ?? 0)} exact copies, ${formatCount(near?.leaks.count ?? 0)} pairs of near duplicates.`,
    ...(copies === null || near === null
      ? []
      : [
          `Within uses: ${formatCount(copies.repeats.count)} exact copies, ${formatCount(near.pairs.count)} pairs of near duplicates (by ${near.by}); ${formatCount(copies.conflicts.count)} copies have two labels.`,
        ]),
  ];
}

function formatClasses({ classes }: Inspection, dim: (text: string) => string): string[] {
  const uses = classes[0]?.uses.map(({ use }) => use) ?? [];
  const right = (title: string) => ({ title, align: 'right' as const });
  const rows = classes
    .slice(0, classesMax)
    .map((each) => [
      each.class,
      ...each.uses.map(({ images, groups }) => `${formatCount(images)} / ${formatCount(groups)}`),
      formatCount(each.images),
      formatCount(each.groups),
    ]);
  const columns = [
    { title: 'images / groups' },
    ...uses.map(right),
    right('images'),
    right('groups'),
  ];
  const more = classes.length - classesMax;
  return [
    ...formatTable(columns, rows, dim),
    ...(more > 0 ? [`and ${formatCount(more)} more classes`] : []),
    '',
  ];
}

function formatSlices({ slices }: Inspection, dim: (text: string) => string): string[] {
  return slices.flatMap(({ column, values, isComplete }) => {
    const shown = values
      .slice(0, valuesMax)
      .map(({ value, images }) => `${value === '' ? '(none)' : value} ${formatCount(images)}`);
    const more = values.length > valuesMax || !isComplete ? ', ...' : '';
    return [`${dim(`${column}:`)} ${shown.join(', ')}${more}`];
  });
}

function formatQuality({ quality, slices }: Inspection, dim: (text: string) => string): string[] {
  if (quality === null) return slices.length > 0 ? [''] : [];
  const right = (title: string) => ({ title, align: 'right' as const });
  const rows = quality.measures.map((measure) => [
    measure.name,
    ...[measure.least, measure.p05, measure.median, measure.p95, measure.most].map(formatValue),
    formatCount(measure.outliers),
    measure.unit,
  ]);
  const titles = ['least', '5 %', 'median', '95 %', 'most', 'unusual'].map(right);
  return [
    ...(slices.length > 0 ? [''] : []),
    ...formatTable([{ title: 'quality' }, ...titles, { title: 'unit' }], rows, dim),
    ...(quality.elongated.count === 0
      ? []
      : [
          `${formatCount(quality.elongated.count)} images are more than three times as long as wide, or the other way round.`,
        ]),
    '',
  ];
}

function formatProblems({ problems }: Inspection): string[] {
  const { unusable, missing, repeated, undecodable } = problems;
  return [unusable, missing, repeated, undecodable].flatMap((found) =>
    formatList(found, ({ place, path, reason }: NamedProblem) =>
      path === '' || path === place ? `${place} ${reason}` : `${place}: ${path}: ${reason}`,
    ),
  );
}

function formatLeaks({ groupLeaks, copies, near }: Inspection): string[] {
  const pair = (what: string) => (found: NamedPair) =>
    `${formatImage(found.second)} ${what} ${formatImage(found.first)}`;
  return [
    ...formatList(groupLeaks, pair('shares its group with')),
    ...(copies === null ? [] : formatList(copies.leaks, pair('is an exact copy of'))),
    ...(copies === null
      ? []
      : formatList(copies.conflicts, pair('is an exact copy, labelled otherwise, of'))),
    ...(near === null ? [] : formatList(near.leaks, pair('is nearly'))),
  ];
}

function formatImage({ place, path, label, use }: NamedImage): string {
  const name = place === path ? path : `${place}: ${path}`;
  return `${name} (${use === '' ? label : `${label}, ${use}`})`;
}

function formatList<T>({ count, listed }: Counted<T>, format: (item: T) => string): string[] {
  const shown = listed.slice(0, listedMax).map((item) => `  ${format(item)}`);
  return count > shown.length && shown.length > 0
    ? [...shown, `  and ${formatCount(count - shown.length)} more`]
    : shown;
}

/** Three significant digits. */
function formatValue(value: number): string {
  return String(Number(value.toPrecision(3)));
}
