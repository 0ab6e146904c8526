import { Status as RpcStatus } from '@holdfast/proto/google/rpc/status';
import type { Registry } from 'prom-client';
import { codeNames } from './call-metrics.js';
import type { Logger } from './create-logger.js';
import { createCounter } from './create-metrics.js';
import { encodeFault } from './fault-status.js';
import { logFault } from './log-fault.js';
import { toFault } from './to-fault.js';

/** Says what a request failed with: for an answer of its own, where other requests of its stream go on. */
export type DescribeStreamFault = (thrown: unknown) => RpcStatus;

/**
 * The statuses of requests that fail within a stream of which they are not the end: as those of calls, logged as those are, and counted by
 * themselves, for the stream may end well.
 *
 * @param path the method that streams, `/package.Service/Method`
 */
export function createStreamFaults(
  path: string,
  { registry, logger }: { readonly registry: Registry; readonly logger: Logger },
): DescribeStreamFault {
  const failed = createCounter(registry, {
    name: 'holdfast_stream_requests_failed_total',
    help: 'Requests that failed within a stream and did not end it.',
    labels: ['grpc_service', 'grpc_method', 'grpc_code'],
  });
  const [, grpc_service = '', grpc_method = ''] = path.split('/');
  const count = (grpc_code: string, by: number) =>
    failed.inc({ grpc_service, grpc_method, grpc_code }, by);
  for (const code of codeNames.values()) count(code, 0);
  return (thrown) => {
    const fault = toFault(thrown, path);
    logFault(logger, fault, path);
    const { code, details } = encodeFault(fault, path);
    count(codeNames.get(code)!, 1);
    return RpcStatus.decode(details);
  };
}
