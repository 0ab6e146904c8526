import type { FileMetaData } from 'hyparquet';
import { z } from 'zod';

/** What Hugging Face's datasets keep of a file's columns, as far as it is read. */
const schema = z.object({
  info: z.object({ features: z.record(z.string(), z.unknown()) }),
});

const classLabel = z.object({ _type: z.literal('ClassLabel'), names: z.array(z.string()) });

/** The names that the numbers of each ClassLabel column stand for; none where datasets wrote nothing. */
export function readClassNames({
  key_value_metadata: pairs = [],
}: FileMetaData): Map<string, readonly string[]> {
  const text = pairs.find(({ key }) => key === 'huggingface')?.value;
  const found = schema.safeParse(parse(text));
  const features = found.success ? Object.entries(found.data.info.features) : [];
  return new Map(
    features.flatMap(([column, feature]) => {
      const named = classLabel.safeParse(feature);
      return named.success ? [[column, named.data.names] as const] : [];
    }),
  );
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}
