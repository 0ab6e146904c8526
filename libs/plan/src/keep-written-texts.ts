import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { z } from 'zod';

/**
 * The plain data of a YAML document in which every number and boolean that stands where the schema wants a
 * text is that text as it was written: `class: 007` is "007", `class: true` is "true". YAML would make
 * it 7 and true, and no quotes that a person forgot should rename a class.
 *
 * Keys of records are texts, too. A key without a value stays null, so that it is named as a mistake.
 */
export function keepWrittenTexts(document: Document, value: unknown, schema: z.ZodType): unknown {
  return keep(value, document.contents as Node | null, schema);

  function keep(given: unknown, node: unknown, wanted: unknown): unknown {
    const at = isAlias(node) ? node.resolve(document) : node;
    const options = listOptions(wanted);
    if (isScalar(at)) {
      const isText = options.some((option) => option instanceof z.ZodString);
      return isText && isMisread(given) ? readSource(at) : given;
    }
    if (isSeq(at) && Array.isArray(given)) {
      const list = options.find((option) => option instanceof z.ZodArray);
      return list ? given.map((item, i) => keep(item, at.items[i], list.element)) : given;
    }
    const isPlain = isMap(at) && at.items.every(({ key }) => isScalar(key) && key.value !== null);
    if (!isPlain || typeof given !== 'object' || given === null) return given;
    const isRecord = options.some((option) => option instanceof z.ZodRecord);
    const entries = at.items.map(({ key, value: child }) => {
      const name = String((key as Scalar).value);
      const text = isRecord && isMisread((key as Scalar).value) ? readSource(key as Scalar) : name;
      return [text, keep(given[name as never], child, findChild(options, name))];
    });
    return Object.fromEntries(entries);
  }
}

/** What a schema takes, without defaults and optionality; of a union, each of its options. */
function listOptions(schema: unknown): unknown[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return listOptions(schema.unwrap());
  }
  return schema instanceof z.ZodUnion ? schema.options.flatMap(listOptions) : [schema];
}

function findChild(options: readonly unknown[], name: string): unknown {
  for (const option of options) {
    if (option instanceof z.ZodObject) return option.shape[name];
    if (option instanceof z.ZodRecord) return option.valueType;
  }
  return undefined;
}

function isMisread(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
}

function readSource({ source, value }: Scalar): string {
  return source ?? String(value);
}
