/** Turns a text into the ids that the text tower reads. */
export interface Tokenizer {
  /**
   * Ids of a text: [context length], from the start token to the end token and padded; a text that
   * is too long loses its last words and keeps the end token.
   */
  encode(text: string): Int32Array;
}
