import type { TsProtoServiceDefinition } from 'nice-grpc';
import type { Registry } from 'prom-client';
import { createCounter } from './create-metrics.js';

type Method = TsProtoServiceDefinition['methods'][string];
type MessageType = Method['requestType'];

/**
 * A definition whose messages are counted as they become bytes and are read from them, in
 * `holdfast_wire_bytes_total`: without framing, headers and compression. What passes in one process or by shared
 * memory is no message.
 */
export function countBytes<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  side: 'server' | 'client',
  registry: Registry,
): Definition {
  const counter = createCounter(registry, {
    name: 'holdfast_wire_bytes_total',
    help: 'Bytes of messages, by who counts them, way, service and method.',
    labels: ['side', 'direction', 'grpc_service', 'grpc_method'],
  });
  const countMethod = (method: Method): Method => {
    const count = (direction: 'sent' | 'received') => {
      const labels = {
        side,
        direction,
        grpc_service: definition.fullName,
        grpc_method: method.name,
      };
      counter.inc(labels, 0);
      return (bytes: number) => counter.inc(labels, bytes);
    };
    const byType = { onEncoded: count('sent'), onDecoded: count('received') };
    return {
      ...method,
      requestType: countType(method.requestType, byType),
      responseType: countType(method.responseType, byType),
    };
  };
  const methods = Object.entries(definition.methods).map(
    ([key, method]) => [key, countMethod(method)] as const,
  );
  return { ...definition, methods: Object.fromEntries(methods) };
}

function countType(
  type: MessageType,
  on: { onEncoded(bytes: number): void; onDecoded(bytes: number): void },
): MessageType {
  return {
    ...type,
    encode(message) {
      const written = type.encode(message);
      return {
        finish() {
          const bytes = written.finish();
          on.onEncoded(bytes.byteLength);
          return bytes;
        },
      };
    },
    decode(input) {
      on.onDecoded(input.byteLength);
      return type.decode(input);
    },
  };
}
