import { parse } from 'yaml';

/** A model card: metadata between two lines of `---`, then Markdown. */
export interface ModelCard {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const pattern = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/;

/** Splits a card. One without metadata, or whose metadata cannot be read, has none. */
export function splitCard(text: string): ModelCard {
  const match = pattern.exec(text);
  if (match === null) return { metadata: {}, body: text };
  return { metadata: parseMetadata(match[1]!), body: text.slice(match[0].length) };
}

function parseMetadata(yaml: string): Record<string, unknown> {
  try {
    const value: unknown = parse(yaml);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
