/** Source text that is safe to put into a page as it is. Only `html` and `trustMarkup` make it. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** What a template takes: markup as it is, text escaped, lists joined, and nothing for the absent. */
export type Fragment = Markup | string | number | false | null | undefined | readonly Fragment[];

/** Vouches for source text that this package wrote itself. Never for text from a report. */
export function trustMarkup(source: string): Markup {
  return new Markup(source);
}

/**
 * Builds markup; every interpolated string is escaped, in elements as in quoted attributes.
 * Line breaks and indentation of the template itself are folded, those of values are kept.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Fragment[]): Markup {
  let source = '';
  strings.forEach((literal, index) => {
    source += foldLiteral(literal, index === 0, index === values.length);
    if (index < values.length) source += renderFragment(values[index]);
  });
  return new Markup(source);
}

/** Folds line breaks; at the ends of the template, where they only lay out the code, drops them. */
function foldLiteral(literal: string, first: boolean, last: boolean): string {
  let folded = literal.replace(/\n\s*/g, '\n');
  if (first) folded = folded.replace(/^\n/, '');
  if (last) folded = folded.replace(/\n$/, '');
  return folded;
}

function renderFragment(fragment: Fragment): string {
  if (fragment === undefined || fragment === null || fragment === false) return '';
  if (fragment instanceof Markup) return fragment.source;
  if (typeof fragment === 'object') return fragment.map(renderFragment).join('');
  return escapeText(String(fragment));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Control characters but tab and line feed, overrides of the writing direction, lone surrogates:
// a name must not be able to reorder or hide the text around it.
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text for an element or a quoted attribute; characters that cannot be shown become U+FFFD. */
export function escapeText(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(unprintable, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
