/** What a text tower does not read of a text that is longer than its context. */
export interface TextCut {
  /** Tokens of the whole text, with the start and the end token. */
  readonly tokenCount: number;
  /** What is read, as its tokens spell it: in small letters. */
  readonly kept: string;
}

/** Turns a text into the ids that the text tower reads. */
export interface Tokenizer {
  /**
   * Ids of a text: [context length], from the start token to the end token and padded; a text that
   * is too long loses its last words and keeps the end token.
   */
  encode(text: string): Int32Array;
  /** What {@link encode} leaves of a text that is too long; undefined if it is not. */
  describeCut(text: string): TextCut | undefined;
  /**
   * Identity of what it does, in hexadecimal: sha256 of its tokens with their ids, its merges in order,
   * and the ids of a text with capitals, accents, digits and signs. Files that say the same in other words have the same.
   */
  identify(): string;
}
