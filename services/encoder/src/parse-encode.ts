import { parseArrayVersion } from '@holdfast/engine';
import {
  Augmentation,
  type EncodeRequest,
  type ImageBatch,
  type PrefetchRequest,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  collectViolations,
  stepLimits,
  textLengthMax,
  type ViolationCollector,
} from '@holdfast/service-kit';
import { parseAttack, parseAttacks } from './attack/parse-attack.js';
import { checkAugmentation, type ParseContext } from './check-augmentation.js';
import type { EncodeBatch } from './encode-batch.js';
import { type EncoderRun, requireSamples, takesFeatures } from './encoder-run.js';
import type { ImageRequest } from './images/fill-pixels.js';
import { announcedBatchesMax } from './images/run-images.js';
import { findUniqueTexts } from './unique-texts.js';

/** Images or texts of one call. */
const rowsMax = 65_536;

/** @throws Fault `invalid` that names every field that is wrong. */
export function parseEncode(request: EncodeRequest, run: EncoderRun): EncodeBatch {
  const violations = collectViolations('Encode');
  const weights = violations.attempt(() => parseArrayVersion(request.parameters, 'parameters'));
  const images = request.images && parseImages(request.images, 'images', { run, violations });
  const isPart = request.attacks.length > 0;
  if ((request.retain || isPart) && images) checkRetained(images, run, violations);
  const { texts = [], heads = [] } = request.texts ?? {};
  checkTexts(texts, violations);
  const headCount = run.settings.heads?.count ?? 0;
  checkHeads(heads, { texts: texts.length, headCount }, violations);
  const { retain } = request;
  const attack =
    request.attack && parseAttack(request.attack, { images, retain }, { run, violations });
  const attacks = isPart
    ? parseAttacks(
        request.attacks,
        { images, attack: request.attack !== undefined },
        { run, violations },
      )
    : undefined;
  violations.throwIfAny();
  return {
    weights: weights!,
    ...(attack && { attack }),
    ...(attacks && { attacks }),
    ...(images && images.samples.length > 0 && { images }),
    ...(texts.length > 0 && { texts: findUniqueTexts(texts, heads) }),
  };
}

/** @throws Fault `invalid` that names every field that is wrong. */
export function parsePrefetch(
  { batches }: PrefetchRequest,
  run: EncoderRun,
): readonly ImageRequest[] {
  const violations = collectViolations('Prefetch');
  violations.require(
    batches.length <= announcedBatchesMax,
    'batches',
    `has ${batches.length}, more than ${announcedBatchesMax}`,
  );
  const parsed = batches
    .slice(0, announcedBatchesMax)
    .map((batch, i) => parseImages(batch, `batches[${i}]`, { run, violations }));
  violations.throwIfAny();
  return parsed.filter(({ samples }) => samples.length > 0);
}

function parseImages(batch: ImageBatch, name: string, context: ParseContext): ImageRequest {
  const { run, violations } = context;
  const { samples, augmentedCount, augmentationSeed, firstIndex, augmentation } = batch;
  const { table, unusable } = requireSamples(run);
  const sampleCount = table.samples.length;
  violations.require(samples.length <= rowsMax, `${name}.samples`, `has more than ${rowsMax}`);
  samples.slice(0, rowsMax).forEach((sample, i) => {
    const field = `${name}.samples[${i}]`;
    if (sample >= sampleCount) {
      violations.add(field, `is ${sample}; the run has ${sampleCount} samples`);
    } else if (unusable.has(sample)) {
      violations.add(field, `is ${sample}, whose image could not be read`);
    }
  });
  violations.require(
    firstIndex + samples.length <= 2 ** 32,
    `${name}.first_index`,
    `is ${firstIndex}; with ${samples.length} samples it is at most ${2 ** 32 - samples.length}`,
  );
  violations.require(
    augmentedCount <= samples.length,
    `${name}.augmented_count`,
    `is ${augmentedCount} of ${samples.length} samples`,
  );
  violations.require(
    augmentedCount === 0 || !takesFeatures(run),
    'images.augmented_count',
    `is ${augmentedCount}; the run trains on features, which are those of plain images`,
  );
  const settings = augmentation ?? Augmentation.fromPartial({});
  checkAugmentation(settings, `${name}.augmentation`, context);
  return { samples, augmentedCount, augmentationSeed, firstIndex, augmentation: settings };
}

/** A run that trains on features holds no pixels. */
function checkRetained(
  { samples }: ImageRequest,
  run: EncoderRun,
  violations: ViolationCollector,
): void {
  if (takesFeatures(run)) return;
  const { cropHeight, cropWidth } = run.directory.preprocessing;
  const imagesMax = Math.floor(stepLimits.pixelsMax / (3 * cropHeight * cropWidth));
  violations.require(
    samples.length <= imagesMax,
    'images.samples',
    `has ${samples.length}; a retained batch takes ${imagesMax} of ${cropWidth} x ${cropHeight} pixels`,
  );
}

function checkTexts(texts: readonly string[], violations: ViolationCollector): void {
  violations.require(texts.length <= rowsMax, 'texts.texts', `has more than ${rowsMax}`);
  texts.slice(0, rowsMax).forEach((text, i) => {
    violations.require(
      text.length <= textLengthMax,
      `texts.texts[${i}]`,
      `has ${text.length} characters, more than ${textLengthMax}`,
    );
  });
}

function checkHeads(
  heads: readonly number[],
  { texts, headCount }: { texts: number; headCount: number },
  violations: ViolationCollector,
): void {
  violations.require(
    heads.length === 0 || heads.length === texts,
    'texts.heads',
    `has ${heads.length} for ${texts} texts; give one each or none`,
  );
  heads.slice(0, rowsMax).forEach((head, i) => {
    violations.require(
      head >= -1 && head < headCount,
      `texts.heads[${i}]`,
      `is ${head}; the run has ${headCount} heads, and -1 is none`,
    );
  });
}
