import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';

type Schema = Record<string, unknown>;

/** Written otherwise than their fields say. */
const wellKnown: Readonly<Record<string, Schema>> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
};

/**
 * The JSON Schema of a message as the generated `toJSON` writes it: names in camelCase, enums by name, 64-bit integers as
 * strings, bytes in base64, and what has its default left out, so that nothing is required.
 */
export function describeMessage(message: DescMessage): Schema {
  const definitions: Record<string, Schema> = {};
  const describeField = (field: DescField): Schema => {
    if (field.fieldKind === 'list') {
      const { listKind, message, enum: names, scalar } = field;
      return { type: 'array', items: describeValue(listKind, message, names, scalar) };
    }
    if (field.fieldKind === 'map') {
      const { mapKind, message, enum: names, scalar } = field;
      return {
        type: 'object',
        additionalProperties: describeValue(mapKind, message, names, scalar),
      };
    }
    return describeValue(field.fieldKind, field.message, field.enum, field.scalar);
  };
  const describeValue = (
    kind: 'message' | 'enum' | 'scalar',
    message: DescMessage | undefined,
    names: DescEnum | undefined,
    scalar: ScalarType | undefined,
  ): Schema => {
    if (kind === 'message') return refer(message!);
    if (kind === 'enum') return { enum: names!.values.map(({ name }) => name) };
    return describeScalar(scalar!);
  };
  const refer = (message: DescMessage): Schema => {
    const known = wellKnown[message.typeName];
    if (known !== undefined) return known;
    const name = message.typeName;
    if (!(name in definitions)) {
      definitions[name] = {};
      definitions[name] = describeFields(message);
    }
    return { $ref: `#/$defs/${name}` };
  };
  const describeFields = (message: DescMessage): Schema => ({
    type: 'object',
    properties: Object.fromEntries(
      message.fields.map((field) => [field.jsonName, describeField(field)]),
    ),
  });
  return { ...describeFields(message), $defs: definitions };
}

function describeScalar(scalar: ScalarType): Schema {
  switch (scalar) {
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.STRING:
      return { type: 'string' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { type: 'number' };
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return { type: 'string', pattern: '^-?[0-9]+$' };
    default:
      return { type: 'integer' };
  }
}
