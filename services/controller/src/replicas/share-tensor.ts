import {
  DataType,
  type TensorReference,
  type TensorServiceClient,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';

/** An engine that holds parameter-sized arrays: the encoder's, or the optimizer's. */
export interface TensorHolder {
  readonly engineId: string;
  /** Where other engines' services reach its arrays. */
  readonly address: string;
  readonly tensors: Pick<TensorServiceClient, 'fetch'>;
}

/** How an array is shared. */
export interface ShareOptions {
  /**
   * Absent: the array of that name is replaced. Else it is a gradient, to which this is added as the first one, the
   * second, ...; each counts once, however often it is asked for.
   */
  readonly addition?: number | undefined;
  /** How elements travel. Default float32, so that no bit changes. */
  readonly dataType?: DataType | undefined;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes an array of one service usable by another.
 *
 * Services over one engine share its memory: the reference passes unchanged. Otherwise the receiver is told where the
 * array lies and takes it there; nothing of it comes by here.
 */
export async function shareTensor(
  reference: TensorReference,
  from: TensorHolder,
  to: TensorHolder,
  { addition = 0, dataType = DataType.DATA_TYPE_FLOAT32, signal }: ShareOptions = {},
): Promise<TensorReference> {
  if (reference.engineId === to.engineId) return reference;
  const source = { ...reference, address: from.address };
  const { reference: moved } = await to.tensors.fetch(
    { source, dataType, addition },
    signal === undefined ? {} : { signal },
  );
  return moved ?? { ...reference, engineId: to.engineId };
}
