import type { Fault } from '@holdfast/fault';
import { Status as RpcStatus } from '@holdfast/proto/google/rpc/status';
import { encodeFault } from './fault-status.js';

/**
 * A fault as a message of its own: what a call that fails with it has in its trailer, with the whole message.
 *
 * @param path the call that is to blame, `/package.Service/Method`
 */
export function toRpcStatus(fault: Fault, path: string): RpcStatus {
  return { ...RpcStatus.decode(encodeFault(fault, path).details), message: fault.message };
}
