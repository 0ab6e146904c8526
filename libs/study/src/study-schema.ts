import { z } from 'zod';
import { forEachMeasure, type MeasureName, measureNames } from './measure-names.js';

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

/** A study's file. */
export const studySchema = z.strictObject({
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

export type WrittenConclude = z.output<typeof studySchema>['conclude'];

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
