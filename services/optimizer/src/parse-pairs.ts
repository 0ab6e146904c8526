import type { TargetBatch } from '@holdfast/objectives';
import type { EstimateObjectiveRequest } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { toMatrix } from '@holdfast/run-kit';
import { collectViolations, type ViolationCollector } from '@holdfast/service-kit';
import type { OpenRunSettings } from './parse-open-run.js';

/** Every pair is compared with every other: the work grows with the square. */
const pairsMax = 16_384;

/** @throws Fault `invalid` that names every field that is wrong. */
export function parsePairs(
  request: EstimateObjectiveRequest,
  settings: OpenRunSettings,
): TargetBatch {
  const violations = collectViolations('EstimateObjective');
  const { samples, captions, positives } = request;
  const read = (field: 'imageEmbeddings' | 'textEmbeddings', name: string) =>
    violations.attempt(() => toMatrix(request[field], name));
  const imageEmbeddings = read('imageEmbeddings', 'image_embeddings');
  const textEmbeddings = read('textEmbeddings', 'text_embeddings');
  if (imageEmbeddings !== undefined && textEmbeddings !== undefined) {
    const { rows, columns } = imageEmbeddings;
    violations.require(
      columns === textEmbeddings.columns && columns > 0,
      'text_embeddings.shape',
      `has ${textEmbeddings.columns} columns, the images have ${columns}`,
    );
    violations.require(rows <= pairsMax, 'image_embeddings', `has more than ${pairsMax} rows`);
    const check = (field: string, length: number) =>
      violations.require(length === rows, field, `has ${length} entries for ${rows} pairs`);
    check('samples', samples.length);
    check('captions', captions.length);
    if (!settings.joint) check('positives', positives.length);
    checkCaptions(captions, textEmbeddings.rows, violations);
  }
  checkContrast(request, settings, violations);
  violations.throwIfAny();
  return {
    imageEmbeddings: imageEmbeddings!,
    textEmbeddings: textEmbeddings!,
    captions,
    samples,
    positives,
    omitImageGradients: request.omitImageGradients,
  };
}

function checkCaptions(
  captions: readonly number[],
  rows: number,
  violations: ViolationCollector,
): void {
  captions.slice(0, pairsMax).forEach((caption, i) => {
    violations.require(
      caption < rows,
      `captions[${i}]`,
      `is ${caption}; there are ${rows} text embeddings`,
    );
  });
}

/** There must be something to contrast. */
function checkContrast(
  { captions, positives }: EstimateObjectiveRequest,
  { joint, objective }: OpenRunSettings,
  violations: ViolationCollector,
): void {
  if (!joint) {
    violations.require(
      positives.includes(true) && positives.includes(false),
      'positives',
      'must name at least one target pair and one negative',
    );
    return;
  }
  violations.require(captions.length >= 2, 'captions', 'must name at least two pairs');
  if (objective.excludeSameCaption) {
    violations.require(
      new Set(captions).size >= 2,
      'captions',
      'are all the same, so that no pair has a negative',
    );
  }
}
