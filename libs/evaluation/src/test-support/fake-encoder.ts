import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@holdfast/artifacts';
import { readSampleTable, type Sample } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import {
  type Attack,
  EncodeResponse,
  LoadModelResponse,
  OpenSamplesResponse,
  PrepareTrainingResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { fromMatrix } from '@holdfast/run-kit';
import { createMatrix } from '@holdfast/tensor';
import type { MeasuringEncoder } from '../measure/measure-model.js';

/** What a model answers on an image: a class, or why it cannot be read. */
export type FakeAnswer = { readonly label: string } | { readonly unreadable: string };

/**
 * An encoder of models that answer as they are told: an image's embedding is the unit vector of the class
 * that it is to be taken for, a text's that of the class that it names.
 *
 * @param models by the last part of their path; they are told of an attack as of any corruption
 * @param onAttack told of every attack that is asked for
 */
export function createFakeEncoder(
  classes: readonly string[],
  models: Readonly<Record<string, (sample: Sample) => FakeAnswer>>,
  onAttack: (attack: Attack) => void = () => {},
): MeasuringEncoder {
  const attackable = new Set<string>();
  const loaded = new Map<string, string>();
  const open = new Map<string, readonly FakeAnswer[]>();
  const embed = (labels: readonly string[]) => {
    const matrix = createMatrix(labels.length, classes.length);
    for (const [row, label] of labels.entries()) {
      matrix.data[row * classes.length + classes.indexOf(label)] = 1;
    }
    return fromMatrix(matrix);
  };
  return {
    async loadModel({ runId, modelUri }) {
      const name = basename(fileURLToPath(modelUri!));
      loaded.set(runId!, name);
      return LoadModelResponse.fromPartial({ modelSha256: sha256(name) });
    },
    async *openSamples({ runId, samplesUri }) {
      const { samples } = await readSampleTable(fileURLToPath(samplesUri!));
      const answers = samples.map(models[loaded.get(runId!)!]!);
      open.set(runId!, answers);
      yield OpenSamplesResponse.fromPartial({
        opened: {
          badImages: answers.flatMap((answer, sample) =>
            'unreadable' in answer ? [{ sample, reason: answer.unreadable }] : [],
          ),
        },
      });
    },
    async *prepareTraining({ runId, imageBatchSize, pixelGradients }) {
      if (imageBatchSize !== undefined || !pixelGradients) {
        throw new Fault('precondition', 'the fake does not train');
      }
      attackable.add(runId!);
      yield PrepareTrainingResponse.fromPartial({ prepared: {} });
    },
    async encode({ runId, images, texts, attack }) {
      if (attack !== undefined) {
        onAttack(attack as Attack);
        if (!attackable.has(runId!)) throw new Fault('precondition', 'not prepared for attacks');
      }
      const answers = open.get(runId!)!;
      const shown = images?.samples?.map((sample) => answers[sample]!) ?? [];
      const named = texts?.texts?.map((text) => classes.find((label) => text.includes(label))!);
      return EncodeResponse.fromPartial({
        imageEmbeddings:
          images && embed(shown.map((answer) => ('label' in answer ? answer.label : ''))),
        textEmbeddings: named && embed(named),
      });
    },
    async unloadModel({ runId }) {
      loaded.delete(runId!);
      open.delete(runId!);
      attackable.delete(runId!);
      return {};
    },
  };
}
