import {
  type CallContext,
  type CallOptions,
  type Client,
  Metadata,
  type ServiceImplementation,
  type TsProtoServiceDefinition,
} from 'nice-grpc';
import { type LinkedSignal, linkSignal, raceAbort } from './race-abort.js';
import { toFault } from './to-fault.js';
import { withSpan } from './tracing.js';

type MethodDefinition = TsProtoServiceDefinition['methods'][string];

/** A method and the handler behind it, types erased: the definition vouches for them. */
interface Route {
  readonly path: string;
  readonly method: MethodDefinition;
  readonly handle: (request: unknown, context: CallContext) => unknown;
}

/**
 * A client whose calls run the service's handlers in this process, through the same interface as a
 * remote client: no serialising, no copy of bytes. Fields that a caller or a handler leaves out get
 * their proto3 defaults, as on the wire. A Fault arrives unchanged; any other error becomes one
 * (`internal`); an aborted signal becomes `cancelled`. Metadata is empty and its callbacks unused.
 *
 * Bytes are shared between caller and handler: neither may write to them after passing them on.
 */
export function createInProcessClient<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  implementation: ServiceImplementation<Definition>,
): Client<Definition> {
  const handlers = implementation as Record<string, Route['handle']>;
  const client: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(definition.methods)) {
    const handler = handlers[name];
    if (handler === undefined) {
      throw new RangeError(`the implementation of ${definition.fullName} lacks ${name}`);
    }
    client[name] = createMethod({
      path: `/${definition.fullName}/${method.name}`,
      method,
      handle: handler.bind(implementation),
    });
  }
  return client as Client<Definition>;
}

function createMethod(route: Route) {
  return (request: unknown, options: CallOptions = {}) =>
    route.method.responseStream
      ? callForStream(route, request, options)
      : callForOne(route, request, options);
}

/** Tells the span of a call in this process from those that gRPC makes. */
const inProcess = { 'rpc.system': 'holdfast.in_process' };

async function callForOne(route: Route, request: unknown, options: CallOptions): Promise<unknown> {
  const link = linkSignal(options.signal);
  try {
    const answer = () =>
      withSpan(route.path.slice(1), inProcess, async () =>
        route.handle(fillRequest(route, request, link), createContext(link)),
      );
    const response = await raceAbort(answer(), link.signal, route.path);
    return fillDefaults(route.method.responseType, response);
  } catch (error) {
    throw toFault(error, route.path);
  } finally {
    link.unlink();
  }
}

async function* callForStream(
  route: Route,
  request: unknown,
  options: CallOptions,
): AsyncGenerator<unknown, void, undefined> {
  const link = linkSignal(options.signal);
  try {
    const responses = route.handle(
      fillRequest(route, request, link),
      createContext(link),
    ) as AsyncIterable<unknown>;
    for await (const response of iterateAbortable(responses, link.signal, route.path)) {
      yield fillDefaults(route.method.responseType, response);
    }
  } catch (error) {
    throw toFault(error, route.path);
  } finally {
    // A caller that stops reading cancels the call, as it does over the network.
    link.abort();
    link.unlink();
  }
}

function fillRequest(route: Route, request: unknown, { signal }: LinkedSignal): unknown {
  const { requestType, requestStream } = route.method;
  if (!requestStream) return fillDefaults(requestType, request);
  const requests = iterateAbortable(request as AsyncIterable<unknown>, signal, route.path);
  return mapStream(requests, (item) => fillDefaults(requestType, item));
}

/** proto3 defaults for absent fields; copies the structure, not the bytes. */
function fillDefaults(type: MethodDefinition['requestType'], message: unknown): unknown {
  return type.fromPartial === undefined ? message : type.fromPartial(message);
}

function createContext({ signal }: LinkedSignal): CallContext {
  return {
    metadata: new Metadata(),
    peer: 'in-process',
    header: new Metadata(),
    trailer: new Metadata(),
    sendHeader: () => {},
    signal,
  };
}

async function* mapStream<T, U>(items: AsyncIterable<T>, map: (item: T) => U): AsyncIterable<U> {
  for await (const item of items) yield map(item);
}

/** Iterates until the end or the signal, even while an item is awaited. */
async function* iterateAbortable<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
  path: string,
): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  let ended = false;
  try {
    while (true) {
      const result = await raceAbort(iterator.next(), signal, path);
      if (result.done) {
        ended = true;
        return;
      }
      yield result.value;
    }
  } finally {
    // Not awaited: a generator stuck in its own await would hold the caller.
    if (!ended) iterator.return?.()?.catch(() => {});
  }
}
