import { Fault } from '@holdfast/fault';

/** Words to look for in captions. */
export interface Keywords {
  /** A caption with any of these matches, */
  readonly any: readonly string[];
  /** unless it has any of these. */
  readonly none: readonly string[];
}

const keywordsMax = 200;

/**
 * Makes a test for captions: whether a word or phrase is in it as a whole, in upper or lower case. "car" is in "a car, parked",
 * and not in "a carpet".
 *
 * @throws Fault `invalid` if there is no keyword, an empty one, or more than 200.
 */
export function createKeywordTest({ any, none }: Keywords): (caption: string) => boolean {
  if (any.length === 0) throw new Fault('invalid', 'name at least one keyword');
  const [wanted, unwanted] = [compile(any), compile(none)];
  return (caption) => {
    const text = normalize(caption);
    return wanted!.test(text) && unwanted?.test(text) !== true;
  };
}

function compile(words: readonly string[]): RegExp | undefined {
  if (words.length > keywordsMax) {
    throw new Fault('invalid', `${words.length} keywords are more than ${keywordsMax}`);
  }
  const texts = words.map((word) => normalize(word).trim());
  if (texts.includes('')) throw new Fault('invalid', 'a keyword is empty');
  if (texts.length === 0) return undefined;
  const escaped = texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  // A letter or digit of any script on either side makes it part of another word.
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'u');
}

function normalize(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ');
}
