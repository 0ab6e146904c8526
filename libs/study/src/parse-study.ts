import { Fault } from '@holdfast/fault';
import { findNearestName, planMaxBytes } from '@holdfast/plan';
import { type Document, isMap, isScalar, parseDocument, Scalar, visit } from 'yaml';
import { z } from 'zod';
import { forEachMeasure, type MeasureName, measureNames } from './measure-names.js';
import { type MeasuredOn, measures } from './measures.js';
import { tailMin } from './statistics/student-quantile.js';

/** Runs of a study: a day of one-minute runs and more. */
const cellsMax = 1000;

/** What a measure must come to: at least, or at most where less is better. */
const aimed = z.number().min(-1).max(1).optional();

/** Each takes its part of the level. */
const betweenMax = 100;

/** Also a piece of a folder's name. */
const patchName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9 and "-"');

/** A name that YAML reads as a number is one, too: `variants: [20, 100]`. */
const nameSchema = z.union([z.string(), z.number()]).transform(String);

const patchSchema = z.union([z.null().transform(() => ({})), z.record(z.string(), z.unknown())]);

const schema = z.strictObject({
  /** The plan that methods change, from the study's folder. */
  plan: z.string().min(1),
  /** By name, what a method changes in the plan. */
  methods: z
    .record(patchName, patchSchema)
    .refine((methods) => Object.keys(methods).length >= 1, 'must name at least one method'),
  /** By name, what else changes in the plan: how many images train, other data. Methods are compared under each. */
  variants: z
    .record(patchName, patchSchema)
    .refine((variants) => Object.keys(variants).length >= 1, 'must name at least one variant')
    .optional(),
  /** Each method runs once with each. */
  seeds: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
    )
    .min(1)
    .refine((seeds) => new Set(seeds).size === seeds.length, 'has a seed twice'),
  /** Labels to improve, one after another; default: the plan's target. */
  targets: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .optional(),
  /** What the study will say, fixed before its first run. */
  conclude: z.strictObject({
    measure: z.enum(measureNames),
    /** Images that it is measured on. */
    images: z.enum(['validation', 'test']).default('validation'),
    /** A difference that matters. */
    margin: z.number().min(0).max(1),
    /** Compared with every other method; default: the first. */
    method: nameSchema.optional(),
    /** How often all conclusions together may err. */
    level: z.number().gt(0).lt(0.5).default(0.05),
    /** Numbers that runs are to reach, beside the comparisons. */
    aim: z
      .strictObject({
        ...forEachMeasure(aimed),
        /** In at least so many of a method's runs in a setting; default: all. */
        runs: z.int().min(1).optional(),
      })
      .refine(
        (aim) => measureNames.some((name) => aim[name] !== undefined),
        `must name at least one of ${measureNames.join(', ')}`,
      )
      .optional(),
    /** One method under a variant against the same under another, for each target; beside the comparisons of methods. */
    between: z
      .array(
        z.strictObject({
          method: nameSchema,
          /** Better: the first. */
          variants: z.tuple([nameSchema, nameSchema]),
          /** Default: the study's. */
          measure: z.enum(measureNames).optional(),
          margin: z.number().min(0).max(1).optional(),
        }),
      )
      .max(betweenMax)
      .default([]),
  }),
});

/** A study as its file says it. */
export interface Study {
  readonly plan: string;
  /** In the file's order. Texts are as they were written: a class 007 does not become 7. */
  readonly methods: ReadonlyMap<string, Patch>;
  /** Undefined: the plan as it is. */
  readonly variants: ReadonlyMap<string, Patch> | undefined;
  readonly seeds: readonly number[];
  readonly targets: readonly string[] | undefined;
  readonly conclude: Omit<WrittenConclude, 'method' | 'aim' | 'between'> & {
    readonly method: string;
    readonly aim: Aim | undefined;
    readonly between: readonly Between[];
  };
}

type WrittenConclude = z.output<typeof schema>['conclude'];

/** Numbers to reach, each a share. */
export type Aim = { readonly [name in MeasureName]?: number | undefined } & {
  /** How many of a method's runs in a setting are to reach all of them. */
  readonly runs: number;
};

/** One method under the first variant against the same under the second. */
export interface Between {
  readonly method: string;
  readonly variants: readonly [string, string];
  readonly measure: MeasureName;
  readonly margin: number;
}

/** Fields of a plan with other values; null takes one away. */
export type Patch = Readonly<Record<string, unknown>>;

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
  const parsed = schema.safeParse(value);
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
  const { conclude } = schema.shape;
  if (place === '') return Object.keys(schema.shape);
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
