import { Fault } from '@holdfast/fault';
import { meanCrossEntropy, predictClasses } from '@holdfast/metrics';
import type { ParameterSelector } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toMatrix } from '@holdfast/service-kit';
import { createMatrix, type Matrix, matrixRow } from '@holdfast/tensor';
import type { OpenRun } from '../run/open-run.js';
import { shareTensor } from '../share-tensor.js';

/** Images embedded in one call. */
const chunkSize = 1024;

/** What a version of the parameters says of a list of samples. */
export interface Predictions {
  /** Predicted class of each sample. */
  readonly classes: Uint32Array;
  /** Cross-entropy of each sample under its own label, in nats. */
  readonly losses: Float64Array;
}

/** The array of the reference model in the encoder's engine. */
export function referenceParameters(run: OpenRun): TensorReference {
  return { engineId: run.encoder.engineId, runId: run.runId, name: 'reference', version: 0 };
}

/** Prepares a version of the parameters in the encoder's engine. */
export async function prepareVersion(
  run: OpenRun,
  selector: ParameterSelector,
): Promise<TensorReference> {
  const { parameters } = await run.clients.optimizer.prepareParameters({
    runId: run.runId,
    selector,
  });
  return shareTensor(parameters!, run.optimizer, run.encoder);
}

/** Mean of each class's prompt embeddings over the templates, normalised: the classifier [classes, d]. */
function averageTemplates(embeddings: Matrix, classCount: number): Matrix {
  const templateCount = embeddings.rows / classCount;
  const classifier = createMatrix(classCount, embeddings.columns);
  for (let c = 0; c < classCount; c += 1) {
    const row = matrixRow(classifier, c);
    for (let t = 0; t < templateCount; t += 1) {
      const prompt = matrixRow(embeddings, c * templateCount + t);
      for (let j = 0; j < row.length; j += 1) row[j]! += prompt[j]!;
    }
    let squares = 0;
    for (const value of row) squares += value * value;
    const norm = Math.sqrt(squares);
    for (let j = 0; j < row.length; j += 1) row[j]! /= norm;
  }
  return classifier;
}

/** The zero-shot classifier [classes, d] of a version; heads folded in unless told otherwise. */
export async function embedClassifier(
  run: OpenRun,
  parameters: TensorReference,
  options: { readonly withHeads: boolean },
): Promise<Matrix> {
  const { classifierPrompts } = run.prompts;
  const { textEmbeddings } = await run.clients.encoder.encode({
    runId: run.runId,
    parameters,
    texts: {
      texts: classifierPrompts.flat(),
      heads: classifierPrompts.flatMap((prompts, index) =>
        prompts.map(() => (options.withHeads ? run.headOf(index) : -1)),
      ),
    },
  });
  const embeddings = toMatrix(textEmbeddings, 'text_embeddings');
  return classifierPrompts[0]!.length === 1
    ? embeddings
    : averageTemplates(embeddings, classifierPrompts.length);
}

/** Refuses a model whose weights diverged. */
function requireFiniteEmbeddings({ data }: Matrix): void {
  if (data.every(Number.isFinite)) return;
  throw new Fault(
    'aborted',
    'training diverged: embeddings are not finite. The last checkpoint is kept; a smaller training.learningRate usually helps',
  );
}

/** Classifies samples with a version of the parameters. */
export async function predictSamples(
  run: OpenRun,
  parameters: TensorReference,
  samples: readonly number[],
  options: {
    readonly withHeads?: boolean;
    readonly onProgress?: (done: number) => void;
  } = {},
): Promise<Predictions> {
  const classifier = await embedClassifier(run, parameters, {
    withHeads: options.withHeads ?? true,
  });
  const classes = new Uint32Array(samples.length);
  const losses = new Float64Array(samples.length);
  for (let start = 0; start < samples.length; start += chunkSize) {
    const chunk = samples.slice(start, start + chunkSize);
    const { imageEmbeddings } = await run.clients.encoder.encode({
      runId: run.runId,
      parameters,
      images: { samples: chunk },
    });
    const embeddings = toMatrix(imageEmbeddings, 'image_embeddings');
    requireFiniteEmbeddings(embeddings);
    const labels = chunk.map((sample) =>
      run.tasks.classes.indexOf(run.dataset.samples[sample]!.label),
    );
    classes.set(predictClasses(embeddings, classifier), start);
    for (let i = 0; i < chunk.length; i += 1) {
      const image = { rows: 1, columns: embeddings.columns, data: matrixRow(embeddings, i) };
      losses[start + i] = meanCrossEntropy({
        images: image,
        classifier,
        labels: [labels[i]!],
        temperature: run.plan.constraints.constraintTemperature,
      });
    }
    options.onProgress?.(start + chunk.length);
  }
  return { classes, losses };
}
