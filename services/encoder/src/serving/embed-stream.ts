import { setMaxListeners } from 'node:events';
import {
  EmbedRequest,
  type EmbedStreamRequest,
  type EmbedStreamResponse,
} from '@holdfast/proto/holdfast/serving/v1/serving';
import type { DescribeStreamFault } from '@holdfast/service-kit';
import { answerBounded } from './answer-bounded.js';
import type { Embed } from './embed.js';

/** Requests of one stream that are under way at once. */
const underWayMax = 32;

/** Embeds request by request; one that fails fails alone. */
export function createEmbedStream(embed: Embed, describeFault: DescribeStreamFault) {
  return async function* (
    requests: AsyncIterable<EmbedStreamRequest>,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<EmbedStreamResponse> {
    const answer = async ({ id, request }: EmbedStreamRequest): Promise<EmbedStreamResponse> => {
      try {
        const value = await embed(request ?? EmbedRequest.fromPartial({}), { signal });
        return { id, result: { $case: 'response', value } };
      } catch (error) {
        return { id, result: { $case: 'error', value: describeFault(error) } };
      }
    };
    // Each that is under way listens.
    setMaxListeners(2 * underWayMax, signal);
    yield* answerBounded(requests, answer, underWayMax);
  };
}
