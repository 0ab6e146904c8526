import { Fault } from '@holdfast/fault';
import type { Plan } from '@holdfast/plan';
import {
  BackpropagateRequest,
  EncodeRequest,
  type EncoderServiceClient,
  type ImageBatch,
  PrefetchRequest,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  DataType,
  type DescribeResponse,
  type ParameterDescription,
  type TensorReference,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { ServiceClients } from '../clients.js';
import { collectGradients } from './collect-gradients.js';
import { encodePieces } from './encode-pieces.js';
import { type EncodedShards, encodeShards } from './encode-shards.js';
import { leaveOutUnlessWell, moveArray } from './move-array.js';
import type { Member, RunReplicas } from './open-replicas.js';
import { createPatience } from './patience.js';
import { createWorkCount, type ReplicaWork } from './replica-work.js';
import {
  type BatchSize,
  type Division,
  divideBatch,
  type Shard,
  type ShardRule,
  takeImages,
  weigh,
} from './shards.js';

/**
 * The encoders of a run behind the interface of one: it divides a batch among those that are there, adds their gradients in one
 * order, and knows who has which version of the weights. One encoder is asked exactly what is asked here.
 */
export interface EncoderGroup extends Pick<EncoderServiceClient, 'encode' | 'prefetch'> {
  /** Takes gradients of embeddings back through the towers; answers the weights' gradient, in the optimizer's engine. */
  backpropagate(
    request: Parameters<EncoderServiceClient['backpropagate']>[0],
  ): Promise<TensorReference>;
  /** Gives every encoder an array of the optimizer's engine; answers its name there. Who does not get it takes no part. */
  receive(array: TensorReference | undefined): Promise<TensorReference>;
  /** One of them, for another model. */
  any(): EncoderServiceClient;
  /** What each did up to now. */
  listWork(): readonly ReplicaWork[];
  /** Images embedded so far, in steps and otherwise, by all of them together. */
  countImages(): number;
  /** Opens no more of them. */
  close(): Promise<void>;
}

/** How a group divides and waits. */
export interface EncoderGroupOptions {
  readonly runId: string;
  readonly replicas: RunReplicas;
  readonly shards: ShardRule;
  /** How gradients travel to another engine; weights go as float32. */
  readonly gradients: Plan['engine']['gradients'];
  /** An encoder is not given up before; default: see {@link createPatience}. */
  readonly leastMs?: number | undefined;
}

const wireTypes = {
  float32: DataType.DATA_TYPE_FLOAT32,
  bfloat16: DataType.DATA_TYPE_BFLOAT16,
} as const;

/**
 * Finds out in which engines a run's arrays are, and makes its encoders one.
 *
 * @throws Fault `precondition` if encoders and optimizer do not train the same parameters; names the first
 *   that differs.
 */
export async function openEncoderGroup(
  { optimizerTensors }: Pick<ServiceClients, 'optimizerTensors'>,
  { runId, replicas, shards: rule, gradients, leastMs }: EncoderGroupOptions,
): Promise<EncoderGroup> {
  const theirs = await optimizerTensors.describe({ runId });
  // They are alike.
  requireSameLayout(replicas.members()[0]!.layout, theirs);
  const optimizer = { ...theirs, tensors: optimizerTensors };
  const transfers = createPatience({ leastMs });
  const dataType = wireTypes[gradients];
  const work = createWorkCount();
  let embedded = 0;
  /** How batches that were announced are divided, by their images. */
  const announced = new Map<unknown, Division & { readonly step: number }>();
  let retained: (EncodedShards & { readonly step: number }) | undefined;

  function plan(holders: readonly Member[]): Division {
    // The optimizer's gradient is the array of its engine: an encoder that shares it comes first, and writes it.
    const members = holders.toSorted((a, b) => Number(isShared(b)) - Number(isShared(a)));
    return { members, weights: weigh(members, rule) };
  }
  const isShared = ({ engineId }: Member) => engineId === optimizer.engineId;

  /** As it was announced, if the same encoders are there. */
  function divide(holders: readonly Member[], size: BatchSize, images: unknown): Shard[] {
    const now = plan(holders);
    const known = announced.get(images);
    return divideBatch(known && isSame(known.members, now.members) ? known : now, size);
  }

  const count = (member: Member, images: number, milliseconds: number, steps = 0) =>
    work.add(member.replica.address, { steps, images, seconds: milliseconds / 1000 });

  /** Counts a step's work, and measures by it how fast its encoders are. */
  function measure({ shards, milliseconds }: EncodedShards, back: readonly number[]): void {
    for (const [i, { member, images }] of shards.entries()) {
      const tookMs = milliseconds[i]! + back[i]!;
      count(member, images.count, tookMs, 1);
      replicas.trust(member);
      const speed = images.count / tookMs;
      if (images.count > 0) member.speed = smooth(member.speed, speed);
    }
  }

  return {
    async encode(call, { signal } = {}) {
      const request = EncodeRequest.fromPartial(call);
      const { retain, step, images, texts } = request;
      if (retain) {
        retained = undefined;
        for (const [key, known] of announced) if (known.step < step) announced.delete(key);
      }
      const isDivided = retain || announced.has(call.images);
      const size = { images: images?.samples.length ?? 0, texts: texts?.texts.length ?? 0 };
      if (!isDivided && replicas.members().length > 1) {
        const pieces = { replicas, leastMs, signal, onDone: count };
        const response = await encodePieces(request, pieces);
        embedded += size.images;
        return response;
      }
      const encoded = await encodeShards(request, {
        replicas,
        divide: (holders) => divide(holders, size, call.images),
        leastMs,
        signal,
      });
      if (retain) retained = { ...encoded, step };
      embedded += size.images;
      return encoded.response;
    },

    async prefetch(call, options) {
      const { runId, step, batches } = PrefetchRequest.fromPartial(call);
      const division = plan(replicas.members());
      const parts = new Map<Member, ImageBatch[]>();
      for (const [i, batch] of batches.entries()) {
        announced.set(call.batches![i], { ...division, step });
        const shards = divideBatch(division, { images: batch.samples.length, texts: 0 });
        for (const { member, images } of shards) {
          parts.set(member, [...(parts.get(member) ?? []), takeImages(batch, images)]);
        }
      }
      const patience = createPatience({ leastMs });
      const calls = [...parts].map(
        ([
          {
            replica: { address, encoder },
          },
          own,
        ]) =>
          patience.wait((signal) => encoder.prefetch({ runId, step, batches: own }, { signal }), {
            who: address,
            signal: options?.signal,
          }),
      );
      const answers = await Promise.allSettled(calls);
      // Of several encoders, one that misses it makes its pixels later, and one that is gone shows where it is needed.
      if (answers.length === 1) await calls[0];
      const accepted = answers.map((answer) =>
        answer.status === 'fulfilled' ? answer.value.accepted : 0,
      );
      return { accepted: Math.max(0, ...accepted) };
    },

    async backpropagate(call) {
      const request = BackpropagateRequest.fromPartial(call);
      const encoded = retained;
      if (encoded?.step !== request.step) {
        const { step } = request;
        throw new Fault('not-retained', `the encoders retain no batch of step ${step}`);
      }
      const collected = await collectGradients(request, encoded.shards, {
        replicas,
        optimizer,
        transfers,
        dataType,
        leastMs,
      });
      // A batch that is kept goes back once more.
      if (!request.keepBatch) measure(encoded, collected.milliseconds);
      return collected.gradient;
    },

    async receive(array) {
      if (array === undefined) throw new Fault('internal', 'the optimizer answered no array');
      const members = replicas.members();
      const results = await Promise.allSettled(
        members.map(async (member) => {
          await moveArray(array, optimizer, member, { transfers, who: member });
          member.holds.set(array.array, array.version ?? 0);
        }),
      );
      const failures = results.flatMap((result, i) =>
        result.status === 'rejected' ? [{ member: members[i]!, reason: result.reason }] : [],
      );
      if (failures.length === members.length) throw failures[0]!.reason;
      // Whoever answers takes part again when it has the next version.
      await Promise.all(
        failures.map(({ member, reason }) =>
          leaveOutUnlessWell(member, reason, { replicas, runId }),
        ),
      );
      return array;
    },

    any: () => replicas.members()[0]!.replica.encoder,
    listWork: work.list,
    countImages: () => embedded,
    close: () => replicas.close(),
  };
}

/** Of each new measurement a third counts, so that one slow step moves little. */
function smooth(before: number | undefined, now: number): number {
  return before === undefined ? now : before + (now - before) / 3;
}

function isSame(a: readonly Member[], b: readonly Member[]): boolean {
  return a.length === b.length && a.every((member, i) => member === b[i]);
}

function requireSameLayout(mine: DescribeResponse, theirs: DescribeResponse): void {
  if (mine.layoutSha256 === theirs.layoutSha256) return;
  throw new Fault(
    'precondition',
    `encoder and optimizer do not train the same parameters: ${describeDifference(mine, theirs)}. Are they of one release, and do they see the same model?`,
  );
}

function describeDifference(encoder: DescribeResponse, optimizer: DescribeResponse): string {
  const format = (parameter: ParameterDescription | undefined) =>
    parameter === undefined
      ? 'nothing'
      : `${parameter.name} [${parameter.shape}] at ${parameter.offsetElements}`;
  const length = Math.max(encoder.parameters.length, optimizer.parameters.length);
  for (let i = 0; i < length; i += 1) {
    const mine = format(encoder.parameters[i]);
    const theirs = format(optimizer.parameters[i]);
    if (mine !== theirs) return `the encoder has ${mine}, the optimizer ${theirs}`;
  }
  return `${encoder.elementCount} elements against ${optimizer.elementCount}`;
}
