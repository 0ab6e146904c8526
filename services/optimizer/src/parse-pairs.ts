import { type Objective, objectives, type TargetBatch } from '@holdfast/objectives';
import type { EstimateObjectiveRequest } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { toMatrix } from '@holdfast/run-kit';
import { collectViolations, stepLimits, type ViolationCollector } from '@holdfast/service-kit';
import type { OpenRunSettings } from './parse-open-run.js';

/** @throws Fault `invalid` that names every field that is wrong. */
export function parsePairs(
  request: EstimateObjectiveRequest,
  settings: OpenRunSettings,
): TargetBatch {
  const violations = collectViolations('EstimateObjective');
  const objective: Objective = objectives[settings.objective];
  const { samples, captions, positives, protectedPairs } = request;
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
    violations.require(
      rows <= stepLimits.pairsMax,
      'image_embeddings',
      `has more than ${stepLimits.pairsMax} rows`,
    );
    const check = (field: string, length: number) =>
      violations.require(length === rows, field, `has ${length} entries for ${rows} pairs`);
    check('samples', samples.length);
    check('captions', captions.length);
    if (objective.usesPositives) check('positives', positives.length);
    checkCaptions(captions, textEmbeddings.rows, violations);
  }
  const lack = objective.describeLack(request, settings.contrast);
  if (lack !== undefined) violations.add(lack.field, lack.description);
  violations.throwIfAny();
  return {
    imageEmbeddings: imageEmbeddings!,
    textEmbeddings: textEmbeddings!,
    captions,
    samples,
    positives,
    protectedPairs,
    omitImageGradients: request.omitImageGradients,
  };
}

function checkCaptions(
  captions: readonly number[],
  rows: number,
  violations: ViolationCollector,
): void {
  captions.slice(0, stepLimits.pairsMax).forEach((caption, i) => {
    violations.require(
      caption < rows,
      `captions[${i}]`,
      `is ${caption}; there are ${rows} text embeddings`,
    );
  });
}
