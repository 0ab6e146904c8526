import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import {
  FileDescriptorSetSchema,
  MethodOptions_IdempotencyLevel as Level,
} from '@bufbuild/protobuf/wkt';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { expect, it } from 'vitest';
import { readMethodPolicy } from './method-policy.js';

it('finds a level at every method of our protos', () => {
  const path = createRequire(import.meta.url).resolve('@holdfast/proto/descriptors.binpb');
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));
  const methods = [...registry]
    .flatMap((type) => (type.kind === 'service' ? type.methods : []))
    .filter(({ parent }) => parent.typeName.startsWith('holdfast.'));
  expect(methods.length).toBeGreaterThan(30);
  const silent = methods.filter(({ idempotency }) => idempotency === Level.IDEMPOTENCY_UNKNOWN);
  expect(silent.map(String)).toEqual([]);
});

it('repeats what the protos say may be repeated, and gives work more time than a look', () => {
  const { getInfo, encode, openSamples } = EncoderServiceDefinition.methods;
  const { describe } = TensorServiceDefinition.methods;
  expect(readMethodPolicy(describe)).toEqual({ repeats: true, deadlineMs: 120_000 });
  // Tries back ends, two minutes each.
  expect(readMethodPolicy(getInfo)).toEqual({ repeats: true, deadlineMs: 600_000 });
  expect(readMethodPolicy(encode)).toEqual({ repeats: true, deadlineMs: 600_000 });
  expect(readMethodPolicy(openSamples)).toEqual({ repeats: true, deadlineMs: undefined });
  expect(readMethodPolicy(EvaluatorServiceDefinition.methods.gate).deadlineMs).toBe(600_000);
});

it('repeats no method without a level, and no stream of requests', () => {
  const { encode } = EncoderServiceDefinition.methods;
  expect(readMethodPolicy({ ...encode, options: {} }).repeats).toBe(false);
  const { write } = TensorServiceDefinition.methods;
  expect(readMethodPolicy(write)).toEqual({ repeats: false, deadlineMs: undefined });
});
