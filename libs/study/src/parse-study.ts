import { Fault } from '@holdfast/fault';
import { findNearestName, planMaxBytes } from '@holdfast/plan';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { measureNames, measures } from './measures.js';

/** Runs of a study: a day of one-minute runs and more. */
const cellsMax = 1000;

/** Also a piece of a folder's name. */
const methodName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9 and "-"');

const patchSchema = z.record(z.string(), z.unknown());

const schema = z.strictObject({
  /** The plan that methods change, from the study's folder. */
  plan: z.string().min(1),
  /** By name, what a method changes in the plan. */
  methods: z
    .record(methodName, z.union([z.null().transform(() => ({})), patchSchema]))
    .refine((methods) => Object.keys(methods).length >= 1, 'must name at least one method'),
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
    .refine((targets) => new Set(targets).size === targets.length, 'has a target twice')
    .optional(),
  /** What the study will say, fixed before its first run. */
  conclude: z.strictObject({
    measure: z.enum(measureNames),
    /** Images that it is measured on. */
    images: z.enum(['validation', 'test']).default('validation'),
    /** A difference that matters. */
    margin: z.number().min(0).max(1),
    /** Compared with every other method; default: the first. */
    method: z.string().optional(),
    /** How often all conclusions together may err. */
    level: z.number().gt(0).lt(0.5).default(0.05),
  }),
});

/** A study as its file says it. */
export interface Study {
  readonly plan: string;
  /** In the file's order. Texts are as they were written: a class 007 does not become 7. */
  readonly methods: ReadonlyMap<string, Patch>;
  readonly seeds: readonly number[];
  readonly targets: readonly string[] | undefined;
  readonly conclude: z.output<typeof schema>['conclude'] & { readonly method: string };
}

/** Fields of a plan with other values. */
export type Patch = Readonly<Record<string, unknown>>;

/**
 * Reads a study's file.
 *
 * @param name where the text came from, for messages
 * @throws Fault `invalid` naming every problem at once.
 */
export function parseStudy(text: string, name: string): Study {
  const parsed = schema.safeParse(readYaml(text, name, 'core'));
  if (!parsed.success) throw refuse(name, parsed.error.issues.map(describeIssue));
  const { plan, methods, seeds, conclude } = parsed.data;
  const names = Object.keys(methods);
  const written = readYaml(text, name, 'failsafe') as {
    methods: Record<string, Patch | ''>;
    targets?: string[];
  };
  const targets = written.targets?.map((target) => target.normalize('NFC'));
  const method = conclude.method ?? names[0]!;
  const problems = findContradictions({ names, method, conclude });
  const count = names.length * seeds.length * (targets?.length ?? 1);
  if (count > cellsMax) problems.push(`asks for ${count} runs; a study has at most ${cellsMax}`);
  if (problems.length > 0) throw refuse(name, problems);
  return {
    plan,
    methods: new Map(names.map((each) => [each, written.methods[each] || {}])),
    seeds,
    targets,
    conclude: { ...conclude, method },
  };
}

function findContradictions(study: {
  readonly names: readonly string[];
  readonly method: string;
  readonly conclude: z.output<typeof schema>['conclude'];
}): string[] {
  const { names, method, conclude } = study;
  const problems: string[] = [];
  if (!names.includes(method)) {
    problems.push(`conclude.method ${method} is none of the methods${suggest(method, names)}`);
  }
  if (conclude.images === 'test' && !measures[conclude.measure].onTest) {
    const known = measureNames.filter((name) => measures[name].onTest).join(', ');
    problems.push(`conclude.measure ${conclude.measure} is not known of test images; ${known} are`);
  }
  return problems;
}

function readYaml(text: string, name: string, kind: 'core' | 'failsafe'): unknown {
  if (Buffer.byteLength(text) > planMaxBytes) {
    throw refuse(name, [`is larger than a study may be (${planMaxBytes} bytes)`]);
  }
  const document = parseDocument(text, { schema: kind, prettyErrors: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw refuse(name, [`is not YAML: ${problem.message.split('\n')[0]}`]);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw refuse(name, ['repeats itself too often to be read']);
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(place === 'conclude' ? schema.shape.conclude.shape : schema.shape);
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
