import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A span as a collector has it. */
export interface ReceivedSpan {
  /** `service.name` of who made it. */
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty of the first one of a trace. */
  readonly parentSpanId: string;
  /** 0: no error known, 2: error. */
  readonly status: number;
  /** Strings and whole numbers. */
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** A collector that takes spans by OTLP, http/protobuf, on loopback. */
export interface TraceReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  close(): Promise<void>;
}

/** Starts a collector; what comes in another form than OTLP's is answered with 400, and no span. */
export async function receiveTraces(): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const isOtlp =
      request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
    if (isOtlp) spans.push(...readRequest(Buffer.concat(pieces)));
    response.writeHead(isOtlp ? 200 : 400, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** A message's fields by number, each as often as it is there: bytes, or a number. */
type Fields = ReadonlyMap<number, readonly (Uint8Array | number)[]>;

function readFields(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, (Uint8Array | number)[]>();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const values = fields.get(field) ?? [];
    fields.set(field, values);
    if (wireType === WireType.LengthDelimited) values.push(reader.bytes());
    else if (wireType === WireType.Varint) values.push(Number(reader.int64()));
    else reader.skip(wireType);
  }
  return fields;
}

const listMessages = (fields: Fields, field: number): Fields[] =>
  (fields.get(field) ?? []).flatMap((value) =>
    typeof value === 'number' ? [] : [readFields(value)],
  );

function readBytes(fields: Fields, field: number): Buffer {
  const value = fields.get(field)?.at(-1);
  return typeof value === 'object' ? Buffer.from(value) : Buffer.alloc(0);
}

/** ExportTraceServiceRequest: resource_spans 1, of which resource 1 and scope_spans 2, of which spans 2. */
function readRequest(bytes: Uint8Array): ReceivedSpan[] {
  return listMessages(readFields(bytes), 1).flatMap((resourceSpans) => {
    const [resource] = listMessages(resourceSpans, 1);
    const service = String(resource && readAttributes(resource, 1)['service.name']);
    return listMessages(resourceSpans, 2)
      .flatMap((scopeSpans) => listMessages(scopeSpans, 2))
      .map((span) => readSpan(span, service));
  });
}

/** Span: trace_id 1, span_id 2, parent_span_id 4, name 5, attributes 9, status 15, of which code 3. */
function readSpan(span: Fields, service: string): ReceivedSpan {
  return {
    service,
    name: readBytes(span, 5).toString(),
    traceId: readBytes(span, 1).toString('hex'),
    spanId: readBytes(span, 2).toString('hex'),
    parentSpanId: readBytes(span, 4).toString('hex'),
    status: Number(listMessages(span, 15)[0]?.get(3)?.at(-1) ?? 0),
    attributes: readAttributes(span, 9),
  };
}

/** KeyValue: key 1, value 2, of which string_value 1 or int_value 3. */
function readAttributes(fields: Fields, field: number): Record<string, string | number> {
  return Object.fromEntries(
    listMessages(fields, field).flatMap((pair) => {
      const [value] = listMessages(pair, 2);
      const whole = value?.get(3)?.at(-1);
      const text = value?.has(1) ? readBytes(value, 1).toString() : undefined;
      const known = typeof whole === 'number' ? whole : text;
      return known === undefined ? [] : [[readBytes(pair, 1).toString(), known]];
    }),
  );
}
