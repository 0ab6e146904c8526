// Messages as no client sends them: made from the descriptors, changed in a field, changed in their bytes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  create,
  createFileRegistry,
  fromBinary,
  isFieldSet,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';

const root = join(import.meta.dirname, '../..');
const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(join(root, 'proto/gen/descriptors.binpb'))),
);

/** Deeper messages are left out. */
const depthMax = 4;
/** Values of a field that are drawn at once. */
const poolSize = 64;

const naturals = fc.oneof(
  { weight: 3, arbitrary: fc.nat(16) },
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 65_536, 1_000_000),
);
const wholeNumbers = fc.oneof(fc.integer(), fc.constantFrom(0, -1, -(2 ** 31), 2 ** 31 - 1));
const doubles = fc.oneof(
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1, 0.5, -1),
  fc.constantFrom(Number.MAX_VALUE, Number.MIN_VALUE, 1e-300, 2 ** 53),
  fc.double(),
);
const longs = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 53n, 2n ** 63n),
);
const signedLongs = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.uint8Array({ maxLength: 4096 }),
  // Floats that are none.
  fc.nat(600).map((count) => new Uint8Array(new Float32Array(count).fill(Number.NaN).buffer)),
);

/** Text that paths, names, terminals and JavaScript stumble over, and names that exist here. */
function makeTexts(known) {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...known) },
    fc.constantFrom(
      '',
      '__proto__',
      'constructor',
      'toString',
      '..',
      '.',
      '/',
      'NaN',
      '\u0000',
      '\u202e',
    ),
    fc.constantFrom(
      'file:///',
      'file:///etc/passwd',
      'file://host/x',
      'file:///%2e%2e/x',
      'file:///%00',
      'http://127.0.0.1:1/',
      's3://b/k',
    ),
    fc.constantFrom(
      'x'.repeat(10_000),
      '\u{1f600}'.repeat(700),
      '['.repeat(5000),
      '{a: '.repeat(90),
      '&a [*a, *a]',
      '../'.repeat(50),
    ),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
  );
}

/**
 * Makes a source of messages.
 *
 * @param seed every message follows from it
 * @param random what chooses among them: `pick(list)` and `below(n)`
 * @param known texts that mean something here: runs, folders, engines
 */
export function createMessages({ seed, random, known }) {
  const texts = makeTexts(known);
  const pools = new Map();
  let streams = 0;

  function draw(key, arbitrary) {
    let pool = pools.get(key);
    if (!pool?.length) {
      streams += 1;
      pool = fc.sample(arbitrary(), { seed: seed * 1000 + streams, numRuns: poolSize });
      pools.set(key, pool);
    }
    return pool.pop();
  }

  function drawScalar(type) {
    return draw(type, () => {
      switch (type) {
        case ScalarType.STRING:
          return texts;
        case ScalarType.BYTES:
          return bytes;
        case ScalarType.BOOL:
          return fc.boolean();
        case ScalarType.DOUBLE:
          return doubles;
        case ScalarType.FLOAT:
          return fc.float();
        case ScalarType.UINT32:
        case ScalarType.FIXED32:
          return naturals;
        case ScalarType.UINT64:
        case ScalarType.FIXED64:
          return longs;
        case ScalarType.INT64:
        case ScalarType.SINT64:
        case ScalarType.SFIXED64:
          return signedLongs;
        default:
          return wholeNumbers;
      }
    });
  }

  function drawOne({ scalar, enum: enumeration, message }, depth) {
    if (message) return make(message, depth + 1);
    if (!enumeration) return drawScalar(scalar);
    return random.pick([...enumeration.values.map(({ number }) => number), 99, -1]);
  }

  function drawField(field, depth) {
    if (field.fieldKind === 'list') {
      const length = random.below(40) === 0 ? 3000 : random.below(6);
      const isCheap = field.listKind !== 'message';
      return Array.from({ length: isCheap ? length : Math.min(length, 6) }, () =>
        drawOne({ scalar: field.scalar, enum: field.enum, message: field.message }, depth),
      );
    }
    if (field.fieldKind === 'map') {
      const entries = Array.from({ length: random.below(5) }, () => [
        String(drawScalar(field.mapKey)),
        drawOne({ scalar: field.scalar, enum: field.enum, message: field.message }, depth),
      ]);
      return Object.fromEntries(entries);
    }
    return drawOne(field, depth);
  }

  function setField(message, field, value) {
    if (field.oneof) message[field.oneof.localName] = { case: field.localName, value };
    else message[field.localName] = value;
  }

  /** A message with some of its fields. */
  function make(desc, depth = 0) {
    const message = create(desc);
    for (const field of desc.fields) {
      if ((field.message && depth >= depthMax) || random.below(4) === 0) continue;
      setField(message, field, drawField(field, depth));
    }
    return message;
  }

  /** Every message in a message, itself first. */
  function listMessages(desc, message, found = []) {
    found.push({ desc, message });
    for (const field of desc.fields) {
      if (!field.message || !isFieldSet(message, field) || found.length > 50) continue;
      const value = field.oneof ? message[field.oneof.localName].value : message[field.localName];
      const children = field.fieldKind === 'message' ? [value] : Object.values(value);
      for (const child of children.slice(0, 4)) listMessages(field.message, child, found);
    }
    return found;
  }

  /** Changes one to three fields anywhere in a message. */
  function changeFields(desc, bytes) {
    const whole = fromBinary(desc, bytes);
    for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
      const { desc: within, message } = random.pick(listMessages(desc, whole));
      if (within.fields.length === 0) continue;
      const field = random.pick(within.fields);
      const list = field.fieldKind === 'list' ? message[field.localName] : undefined;
      if (list?.length > 0 && random.below(2) === 0) {
        // One of a list: another value, twice, or none of it.
        const at = random.below(list.length);
        const other = drawOne(
          { scalar: field.scalar, enum: field.enum, message: field.message },
          1,
        );
        list.splice(at, random.below(2), ...random.pick([[other], [list[at], list[at]], []]));
      } else {
        setField(message, field, drawField(field, 1));
      }
    }
    return Buffer.from(toBinary(desc, whole));
  }

  /** Flips, cuts, repeats and inserts bytes: lengths, tags and numbers become others. */
  function changeBytes(bytes) {
    const changed = [...(bytes.length > 4096 ? bytes.subarray(0, 4096) : bytes)];
    for (let changes = 1 + random.below(6); changes > 0; changes -= 1) {
      const at = random.below(changed.length + 1);
      const kind = random.below(5);
      if (kind === 0) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      else if (kind === 1) changed.length = at;
      else if (kind === 2) changed.splice(at, 0, ...changed.slice(at, at + random.below(64)));
      else if (kind === 3)
        changed.splice(at, 0, ...draw('bytes', () => fc.uint8Array({ maxLength: 20 })));
      else changed.splice(at, 1, 0xff, 0xff, 0xff, 0xff, 0x7f);
    }
    return Buffer.from(changed);
  }

  return {
    /** From the descriptors alone. */
    make: (desc) => Buffer.from(toBinary(desc, make(desc))),
    changeFields,
    changeBytes,
    /** Bytes at random. */
    noise: () => Buffer.from(draw('noise', () => fc.uint8Array({ maxLength: 300 }))),
  };
}

/** The methods of services, by the path of each. */
export function listMethods(serviceNames) {
  return serviceNames.flatMap((name) =>
    registry.getService(name).methods.map((method) => ({
      path: `/${name}/${method.name}`,
      input: method.input,
      streamsRequests: /client|bidi/.test(method.methodKind),
    })),
  );
}
