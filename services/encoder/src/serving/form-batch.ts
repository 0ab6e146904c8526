import type { ServedJob } from './served-job.js';
import type { ServedModel } from './served-model.js';

/** A job on its way through batches. */
export interface WaitingJob extends ServedJob {
  /** Rows that are in a batch already. */
  readonly taken: { images: number; texts: number };
}

/** Rows start, start + 1, ... of a job. */
export interface Slice<Job> {
  readonly job: Job;
  readonly start: number;
  readonly count: number;
}

/** What the engine is asked for at once. */
export interface ServedBatch<Job> {
  readonly served: ServedModel;
  readonly images: readonly Slice<Job>[];
  readonly texts: readonly Slice<Job>[];
  /** Its patches and tokens. */
  readonly tokens: number;
}

/**
 * Takes the next batch from jobs in the order in which they came: rows of the first one's model up to a budget of patches and
 * tokens. Images come in whole chunks where more than one waits: a padded row costs as much as a full one, and who
 * is left out leads the next batch. Texts have half of the budget where they need it, however much a chunk of images costs.
 */
export function formBatch<Job extends WaitingJob>(
  jobs: readonly [Job, ...Job[]],
  tokensMax: number,
): ServedBatch<Job> {
  const { served } = jobs[0];
  const own = jobs.filter((job) => job.served === served);
  const { imageTokens, imageChunkSize: chunk } = served;
  const waiting = own.reduce((sum, job) => sum + imagesLeft(job), 0);
  const textShare = Math.min(countTextTokens(own), tokensMax / 2);
  const affordable =
    Math.max(Math.floor((tokensMax - textShare) / (imageTokens * chunk)), 1) * chunk;
  const whole = waiting > chunk ? Math.floor(waiting / chunk) * chunk : waiting;
  const imageCount = Math.min(affordable, whole);
  let images = imageCount;
  let tokens = Math.max(tokensMax - images * imageTokens, textShare);
  let textTokens = 0;
  const imageSlices: Slice<Job>[] = [];
  const textSlices: Slice<Job>[] = [];
  for (const job of own) {
    const count = Math.min(imagesLeft(job), images);
    if (count > 0) imageSlices.push({ job, start: job.taken.images, count });
    images -= count;
    const { start, count: texts, cost } = takeTexts(job, tokens, textSlices.length === 0);
    if (texts > 0) textSlices.push({ job, start, count: texts });
    tokens -= cost;
    textTokens += cost;
  }
  for (const { job, count } of imageSlices) job.taken.images += count;
  for (const { job, count } of textSlices) job.taken.texts += count;
  const all = imageCount * imageTokens + textTokens;
  return { served, images: imageSlices, texts: textSlices, tokens: all };
}

/** Whether all of a job is in batches. */
export function isTaken({ images, texts, taken }: WaitingJob): boolean {
  return taken.images === (images?.count ?? 0) && taken.texts === (texts?.count ?? 0);
}

function imagesLeft({ images, taken }: WaitingJob): number {
  return (images?.count ?? 0) - taken.images;
}

function countTextTokens(jobs: readonly WaitingJob[]): number {
  let sum = 0;
  for (const { texts, taken } of jobs)
    for (let i = taken.texts; i < (texts?.count ?? 0); i += 1) sum += texts!.lengths[i]!;
  return sum;
}

/** The texts that fit; one does in any case if none is there, or they would wait for ever behind images. */
function takeTexts({ texts, taken }: WaitingJob, tokens: number, first: boolean) {
  const start = taken.texts;
  let count = 0;
  let cost = 0;
  while (texts !== undefined && start + count < texts.count) {
    const next = texts.lengths[start + count]!;
    if (cost + next > tokens && !(first && count === 0)) break;
    cost += next;
    count += 1;
  }
  return { start, count, cost };
}
