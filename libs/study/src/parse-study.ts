import { Fault } from '@holdfast/fault';
import { findNearestName, planMaxBytes } from '@holdfast/plan';
import { type Document, isMap, isScalar, parseDocument, Scalar, visit } from 'yaml';
import type { z } from 'zod';
import { type MeasureName, measureNames } from './measure-names.js';
import { type MeasuredOn, measures } from './measures.js';
import { tailMin } from './statistics/student-quantile.js';
import {
  type Between,
  type Patch,
  type Study,
  studySchema,
  type WrittenConclude,
} from './study-schema.js';

/** Runs of a study: a day of one-minute runs and more. */
const cellsMax = 1000;

/**
 * Reads a study's file.
 *
 * @param name where the text came from, for messages
 * @throws Fault `invalid` naming every problem at once.
 */
export function parseStudy(text: string, name: string): Study {
  const value: unknown = readYaml(text, name, 'core').toJS(asWritten);
  if (isPlan(value)) {
    const problem = 'is a plan; a study names one under plan, and methods, seeds and conclude';
    throw refuse(name, [problem]);
  }
  const parsed = studySchema.safeParse(value);
  if (!parsed.success) throw refuse(name, parsed.error.issues.map(describeIssue));
  const { plan, seeds, conclude } = parsed.data;
  const document = readYaml(text, name, 'failsafe');
  const written = document.toJS(asWritten) as {
    methods: WrittenPatches;
    variants?: WrittenPatches;
    targets?: string[];
  };
  const methods = toPatches(written.methods, listNames(document, 'methods'));
  const names = [...methods.keys()];
  const variants = written.variants && toPatches(written.variants, listNames(document, 'variants'));
  const targets = written.targets?.map((target) => target.normalize('NFC'));
  const method = conclude.method ?? names[0]!;
  const between = conclude.between.map((each) => ({
    ...each,
    measure: each.measure ?? conclude.measure,
    margin: each.margin ?? conclude.margin,
  }));
  const problems = [
    ...(new Set(targets).size === (targets?.length ?? 0) ? [] : ['targets has a target twice']),
    ...findContradictions({ names, method, conclude }),
    ...findAimProblems(conclude, seeds.length),
    ...between.flatMap((each, index) =>
      findBetweenProblems(each, { names, variants, images: conclude.images }).map(
        (problem) => `conclude.between.${index}.${problem}`,
      ),
    ),
    ...findRepeated(between),
  ];
  const settings = (targets?.length ?? 1) * (variants?.size ?? 1);
  const count = names.length * seeds.length * settings;
  if (count > cellsMax) problems.push(`asks for ${count} runs; a study has at most ${cellsMax}`);
  const comparisons = settings * (names.length - 1) + (targets?.length ?? 1) * between.length;
  const levelMin = 2 * tailMin * comparisons;
  if (conclude.level < levelMin) {
    problems.push(
      `conclude.level is ${conclude.level}, which ${comparisons} comparisons share; with so many it must be ${levelMin.toPrecision(2)} or more`,
    );
  }
  if (problems.length > 0) throw refuse(name, problems);
  const aim = conclude.aim && { ...conclude.aim, runs: conclude.aim.runs ?? seeds.length };
  const said = { ...conclude, method, aim, between };
  return { plan, methods, variants, seeds, targets, conclude: said };
}

/** Every key of a plan would be a problem of the study. */
function isPlan(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'model' in value && !('plan' in value) && !('methods' in value);
}

/** Nothing after a name is an empty text, which changes nothing, as null does. */
type WrittenPatches = Readonly<Record<string, Patch | '' | null>>;

function toPatches(written: WrittenPatches, names: readonly string[]): Map<string, Patch> {
  return new Map(names.map((name) => [name, written[name] || {}]));
}

/** Of a mapping, in the file's order: an object would have 2 before b, wherever it stands. */
function listNames(document: Document, field: string): string[] {
  const mapping = document.get(field);
  return isMap(mapping) ? mapping.items.map(({ key }) => String(key)) : [];
}

function findContradictions(study: {
  readonly names: readonly string[];
  readonly method: string;
  readonly conclude: WrittenConclude;
}): string[] {
  const { names, method, conclude } = study;
  const problems: string[] = [];
  if (!names.includes(method)) {
    problems.push(`conclude.method ${method} is none of the methods${suggest(method, names)}`);
  }
  return [...problems, ...findUnmeasured(conclude).map((problem) => `conclude.${problem}`)];
}

function findUnmeasured({
  measure,
  images,
}: {
  readonly measure: MeasureName;
  readonly images: MeasuredOn;
}): string[] {
  if (images !== 'test' || measures[measure].onTest) return [];
  const known = measureNames.filter((name) => measures[name].onTest).join(', ');
  return [`measure ${measure} is not known of test images; ${known} are`];
}

function findAimProblems({ aim = {}, images }: WrittenConclude, seeds: number): string[] {
  const { runs = 0 } = aim;
  const named = measureNames.filter((name) => aim[name] !== undefined);
  const problems = named.flatMap((measure) => findUnmeasured({ measure, images }));
  for (const name of named) {
    const isBelow = !measures[name].moreIsBetter && aim[name]! < 0;
    if (isBelow) problems.push(`${name} is a share, of 0 or more`);
  }
  if (runs > seeds) problems.push(`runs is ${runs}; with ${seeds} seeds a method has ${seeds}`);
  return problems.map((problem) => `conclude.aim.${problem}`);
}

function findBetweenProblems(
  { method, variants, measure }: Between,
  study: {
    readonly names: readonly string[];
    readonly variants: ReadonlyMap<string, Patch> | undefined;
    readonly images: MeasuredOn;
  },
): string[] {
  const problems = findUnmeasured({ measure, images: study.images });
  if (!study.names.includes(method)) {
    problems.push(`method ${method} is none of the methods${suggest(method, study.names)}`);
  }
  if (study.variants === undefined) {
    return [...problems, 'variants: the study has none; name them under variants'];
  }
  const known = [...study.variants.keys()];
  for (const name of new Set(variants)) {
    if (!known.includes(name)) {
      problems.push(`variants: ${name} is none of the variants${suggest(name, known)}`);
    }
  }
  if (variants[0] === variants[1]) {
    problems.push(`variants: ${variants[0]} is compared with itself; name two`);
  }
  return problems;
}

/** The same question twice, either way round, would take twice its part of the level. */
function findRepeated(between: readonly Between[]): string[] {
  const keys = between.map(({ method, variants, measure }) =>
    JSON.stringify([method, variants.toSorted(), measure]),
  );
  return keys.flatMap((key, index) => {
    const first = keys.indexOf(key);
    return first === index
      ? []
      : [`conclude.between.${index} asks what conclude.between.${first} asks; keep one`];
  });
}

/** A study repeats itself no more than this. */
const asWritten = { maxAliasCount: 100 };

function readYaml(text: string, name: string, kind: 'core' | 'failsafe'): Document {
  if (Buffer.byteLength(text) > planMaxBytes) {
    throw refuse(name, [`is larger than a study may be (${planMaxBytes} bytes)`]);
  }
  const document = parseDocument(text, { schema: kind, prettyErrors: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw refuse(name, [`is not YAML: ${problem.message.split('\n')[0]}`]);
  try {
    document.toJS(asWritten);
  } catch {
    throw refuse(name, ['repeats itself too often to be read']);
  }
  if (kind === 'failsafe') readNulls(document);
  return document;
}

/** Makes null of what is written as one. Nothing after a name stays a text: what follows it may have been commented out. */
function readNulls(document: Document): void {
  visit(document, {
    Pair(_, { value }) {
      if (!isScalar(value) || value.type !== Scalar.PLAIN || value.tag !== undefined) return;
      if (/^(~|[Nn]ull|NULL)$/.test(String(value.value))) value.value = null;
    },
  });
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = listFields(place);
    const [key] = issue.keys;
    return `${place && `${place}.`}${key} is not known${suggest(key!, known)}`;
  }
  if (issue.code === 'invalid_key') return `${place} ${issue.issues[0]?.message}`;
  if (issue.code === 'invalid_union') {
    const wanted = place.startsWith('targets') ? 'label' : 'mapping of fields of a plan';
    return `${place} must be a ${wanted}`;
  }
  if (issue.code === 'invalid_value') return `${place} must be one of ${issue.values.join(', ')}`;
  if (place === '') return 'must be a mapping; its fields are plan, methods, seeds and conclude';
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
    ? `${place} is required`
    : `${place}: ${issue.message}`;
}

/** Of the mapping at a place of the file. */
function listFields(place: string): string[] {
  const { conclude } = studySchema.shape;
  if (place === '') return Object.keys(studySchema.shape);
  if (place === 'conclude') return Object.keys(conclude.shape);
  if (place === 'conclude.aim') return Object.keys(conclude.shape.aim.unwrap().shape);
  return Object.keys(conclude.shape.between.unwrap().element.shape);
}

function suggest(name: string, known: readonly string[]): string {
  const nearest = findNearestName(name, known);
  return nearest === undefined ? `; known: ${known.join(', ')}` : `; did you mean ${nearest}?`;
}

function refuse(name: string, problems: readonly string[]): Fault {
  const [first, ...rest] = problems;
  const message =
    rest.length === 0
      ? `${name}: ${first}`
      : `${name}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
  return new Fault('invalid', message);
}
