import { Fault } from '@holdfast/fault';
import { Status } from 'nice-grpc';
import { decodeFault } from './fault-status.js';

/**
 * A call that failed on its way: no handler answered it. Says which call of which service, and where that is.
 * CANCELLED is `unavailable` here: it is what a server sends that ends before its calls do.
 */
export class TransportFault extends Fault {
  readonly code: Status;

  /** Whether the service was not there, or left. */
  get lostService(): boolean {
    return this.code === Status.UNAVAILABLE || this.code === Status.CANCELLED;
  }

  constructor(code: Status, message: string, cause?: unknown) {
    const { kind } = decodeFault({ code, message });
    super(kind === 'cancelled' ? 'unavailable' : kind, message, { cause });
    this.code = code;
  }
}
