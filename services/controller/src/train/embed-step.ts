import { referenceParameters, toFiniteMatrix } from '@holdfast/evaluation';
import type {
  Attack,
  EncodeRequest,
  EncodeResponse,
  TextBatch,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type ArrayVersion, SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toMatrix } from '@holdfast/run-kit';
import { createMatrix } from '@holdfast/tensor';
import { type RepeatPolicy, repeatStep } from '../replicas/repeat-step.js';
import type { OpenRun } from '../run/open-run.js';
import type { Caption, Embeddings } from '../terms/term.js';
import type { StepAttacks } from './step-attacks.js';
import type { EmbeddingBatch, StepBatch } from './step-batch.js';

/** The weights that train, after so many steps: a replica that has others refuses. */
export function parametersAfter(stepsTaken: number): ArrayVersion {
  return { array: SharedArray.SHARED_ARRAY_PARAMETERS, version: stepsTaken };
}

/** Has the encoders make a step's pixels while they compute an earlier one; the step is the same without. */
export async function announceStep(
  run: OpenRun,
  step: number,
  batch: StepBatch,
  policy: RepeatPolicy,
): Promise<void> {
  const batches = [batch, batch.reference].flatMap((part) => (part ? [part.images] : []));
  const request = { runId: run.runId, step, batches };
  await repeatStep(() => run.encoders.prefetch(request), { kinds: ['unavailable'], ...policy });
}

/** Texts for the encoder; undefined where there are none. */
function toTextBatch(texts: readonly Caption[]): TextBatch | undefined {
  if (texts.length === 0) return undefined;
  return { texts: texts.map(({ text }) => text), heads: texts.map(({ head }) => head) };
}

/** A step's batch, embedded. */
export interface EmbeddedStep extends Embeddings {
  /** The reference's embeddings of what the batch has for it, computed at the first call. */
  reference(): Promise<Embeddings>;
  /** What the encoder answered, beside embeddings, to the calls so far; that of the batch leads. */
  readonly responses: readonly EncodeResponse[];
}

/**
 * Embeds a step's batch with the weights as they stand, and keeps what the way back needs. Images that are attacked are attacked
 * by the weights that embed them: the classes of these come first, and where the reference is attacked, it does, because an
 * encoder that attacks drops the batch that it keeps.
 */
export async function embedStep(
  run: OpenRun,
  step: number,
  batch: StepBatch,
): Promise<EmbeddedStep> {
  const responses: EncodeResponse[] = [];
  const embed = async (
    { images, texts, attacks }: EmbeddingBatch,
    rest: Pick<EncodeRequest, 'parameters'> & Partial<EncodeRequest>,
  ): Promise<Embeddings> => {
    const { runId } = run;
    const response = await run.encoders.encode({
      runId,
      images,
      texts: toTextBatch(texts),
      ...(attacks && { attacks: await aim(run, attacks, rest.parameters) }),
      ...rest,
    });
    if (rest.retain) responses.unshift(response);
    else responses.push(response);
    const embedded = toMatrix(response.imageEmbeddings, 'image_embeddings');
    return {
      images: embedded,
      texts:
        texts.length === 0
          ? createMatrix(0, embedded.columns)
          : toMatrix(response.textEmbeddings, 'text_embeddings'),
    };
  };
  const embedReference = () => embed(batch.reference!, { parameters: referenceParameters });
  let reference: Promise<Embeddings> | undefined;
  if (batch.reference?.attacks !== undefined) {
    reference = embedReference();
    await reference;
  }
  const embeddings = await embed(batch, { step, parameters: parametersAfter(step), retain: true });
  return {
    ...embeddings,
    responses,
    reference() {
      reference ??= embedReference();
      return reference;
    },
  };
}

/** Attacks against the classes as these weights embed them. */
async function aim(
  { runId, encoders }: Pick<OpenRun, 'runId' | 'encoders'>,
  attacks: StepAttacks,
  parameters: EncodeRequest['parameters'],
): Promise<Attack[]> {
  const texts = toTextBatch(attacks.texts);
  const { textEmbeddings } = await encoders.encode({ runId, parameters, texts });
  return attacks.toMessages(toFiniteMatrix(textEmbeddings, 'text_embeddings'));
}
