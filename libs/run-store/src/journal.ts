import { Fault, type FaultKind } from '@holdfast/fault';
import { resolvedFields } from '@holdfast/plan';
import { z } from 'zod';

/** Says why a provider was chosen: the one entry of an environment that no bits depend on. */
export const providerReason = 'provider chosen because';

/** Says why the back end of the user's modules was chosen: no bits depend on it. */
export const moduleReason = 'modules computed there because';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();

const faultKinds = [
  'invalid',
  'not-found',
  'not-open',
  'precondition',
  'not-retained',
  'out-of-step',
  'aborted',
  'diverged',
  'exhausted',
  'disk-full',
  'unavailable',
  'cancelled',
  'unauthenticated',
  'forbidden',
  'internal',
] as const satisfies readonly FaultKind[];

/** A line of `journal.jsonl`: what happened, on disk before the run goes on. */
export const journalEntrySchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('run.queued'),
    at: z.iso.datetime(),
    reason: z.string().optional().describe('What it waits for beside its turn.'),
  }),
  z.object({
    event: z.literal('run.started'),
    at: z.iso.datetime(),
    softwareVersion: z.string(),
    environment: z
      .record(z.string(), z.string())
      .describe('What the run runs on: everything that bits or speed depend on, by name.'),
  }),
  z.object({
    event: z.literal('data.read'),
    dataSha256: sha256,
    distilledSha256: sha256.optional().describe('Of unlabelled images and texts that train.'),
    imageChunk: count,
    textChunk: count,
    badImages: count.describe('Images that could not be read.'),
    protectedTasks: z
      .array(z.string())
      .readonly()
      .optional()
      .describe('Their names, in plan order: metrics.jsonl numbers them.'),
    ceilings: z
      .array(z.string())
      .readonly()
      .optional()
      .describe('Those of them that may not grow.'),
  }),
  z.object({
    event: z.literal('plan.resolved'),
    resolutions: z
      .array(z.object({ field: z.enum(resolvedFields), value: z.number(), because: z.string() }))
      .readonly()
      .describe("What the plan's `auto` became."),
  }),
  z.object({ event: z.literal('checkpoint.damaged'), step: count, reason: z.string() }),
  z.object({
    event: z.literal('run.resumed'),
    step: count.describe('Steps taken before.'),
    stepsRepeated: count.optional().describe('Steps in metrics.jsonl that are taken again.'),
  }),
  z.object({
    event: z.literal('run.recovered'),
    at: z.iso.datetime(),
    step: count.describe('Steps taken before: of its newest checkpoint.'),
    stepsRepeated: count.describe('Steps in metrics.jsonl that are taken again.'),
    reason: z.string().describe('The failure after which it was opened again in all services.'),
  }),
  z.object({
    event: z.literal('replica.joined'),
    at: z.iso.datetime(),
    address: z.string(),
    count: count.describe('Encoders that take part from then on.'),
  }),
  z.object({
    event: z.literal('replica.left'),
    at: z.iso.datetime(),
    address: z.string(),
    count: count.describe('Encoders that are left.'),
    reason: z.string(),
  }),
  z.object({
    event: z.literal('replicas.worked'),
    replicas: z
      .array(
        z.object({
          address: z.string(),
          steps: count.describe('That it had a part in.'),
          images: count.describe('Embedded, in steps and otherwise.'),
          seconds: z.number().describe('In its calls.'),
        }),
      )
      .readonly()
      .describe('What each of several encoders did since the run was opened; at most 65.'),
  }),
  z.object({
    event: z.literal('steering.scheduled'),
    everySteps: count.describe('Steps between two measurements, and two checkpoints.'),
    screeningImages: count.describe('Of a measurement in training.'),
    decidingImages: count.describe('Of those between the leading checkpoints in the end.'),
    leadersMax: count,
    share: z.number().describe("Of the run's work, in [0, 1]."),
  }),
  z.object({
    event: z.literal('training.completed'),
    step: count,
    seconds: z.number().describe('Of the steps, without measurements and checkpoints.'),
    imageWaitSeconds: z.number(),
    measuringSeconds: z.number(),
    stepImages: count.optional().describe('Embedded in steps, in this process.'),
    measuredImages: count
      .optional()
      .describe('Embedded to measure steering data, in this process.'),
    activations: z.string().describe('How a step fitted the memory.'),
  }),
  z.object({
    event: z.literal('candidate.judged'),
    candidate: z.string(),
    verdict: z.string(),
    reason: z.string(),
  }),
  z.object({ event: z.literal('test.read'), candidateSha256: sha256 }),
  z.object({
    event: z.literal('run.completed'),
    at: z.iso.datetime().optional(),
    outcome: z.string(),
    candidateSha256: sha256,
  }),
  z.object({
    event: z.literal('run.stopped'),
    message: z.string(),
    at: z.iso.datetime().optional(),
    state: z
      .enum(['failed', 'cancelled', 'interrupted'])
      .optional()
      .describe('Cancelled: a user asked. Interrupted: its process was asked to end.'),
    kind: z.enum(faultKinds).optional().describe('Of the failure.'),
    violations: z
      .array(z.object({ field: z.string(), description: z.string() }))
      .readonly()
      .optional()
      .describe('Fields to blame for the failure, at most 100.'),
  }),
]);

export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** The entries of a journal, of one kind. */
export function listEntries<E extends JournalEntry['event']>(
  entries: readonly JournalEntry[],
  event: E,
): Extract<JournalEntry, { event: E }>[] {
  return entries.filter(
    (entry): entry is Extract<JournalEntry, { event: E }> => entry.event === event,
  );
}

/** Refuses to go on with other data than the run began with. */
export function requireSameData(
  journal: { readonly entries: readonly JournalEntry[] },
  read: {
    readonly dataset: { readonly sha256: string };
    readonly distilled?: { readonly sha256: string } | undefined;
  },
): void {
  const began = listEntries(journal.entries, 'data.read')[0];
  if (began === undefined) return;
  const isSame =
    began.dataSha256 === read.dataset.sha256 && began.distilledSha256 === read.distilled?.sha256;
  if (!isSame) {
    throw new Fault(
      'precondition',
      'the data changed since this run began; put it back, or start a new run',
    );
  }
}

/** What the last bits of a run depend on. */
export interface BitConditions {
  readonly environment: Readonly<Record<string, string>>;
  readonly imageChunk: number;
  readonly textChunk: number;
}

/** Says so when a resumed run can not be expected to end with the same bits. */
export function describeDrift(
  { entries }: { readonly entries: readonly JournalEntry[] },
  { environment, imageChunk, textChunk }: BitConditions,
): string | undefined {
  const began = listEntries(entries, 'run.started')[0];
  const read = listEntries(entries, 'data.read')[0];
  if (began === undefined || read === undefined) return undefined;
  const changed = Object.keys(environment).filter(
    (key) =>
      key !== providerReason && key !== moduleReason && began.environment[key] !== environment[key],
  );
  if (read.imageChunk !== imageChunk) changed.push('image chunk');
  if (read.textChunk !== textChunk) changed.push('text chunk');
  return changed.length === 0
    ? undefined
    : `This run began with another ${changed.join(' and ')}: it goes on, but its last bits may differ from an uninterrupted run's.`;
}

/** A checkpoint that was passed over, for a person. */
export function describeDamage({ step, reason }: { step: number; reason: string }): string {
  return `The checkpoint after ${step} steps was damaged and passed over: ${reason}`;
}
