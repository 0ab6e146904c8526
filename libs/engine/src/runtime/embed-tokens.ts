/** Tokens of a chunk and the two tables that embed them. */
export interface TokenEmbedding {
  /** [rows, length] ids. */
  readonly tokens: Int32Array;
  readonly width: number;
  /** [vocabulary, width]: embeddings, or their gradient. */
  readonly tokenTable: Float32Array;
  /** [length, width]: positions, or their gradient. */
  readonly positionTable: Float32Array;
}

/** x[i, t] <- token[tokens[i, t]] + position[t]; `x` is [rows, length, width]. */
export function embedTokens(embedding: TokenEmbedding, x: Float32Array): void {
  const { tokens, width, tokenTable, positionTable } = embedding;
  const length = positionTable.length / width;
  for (let i = 0, at = 0; i < tokens.length; i += 1) {
    const token = tokens[i]! * width;
    const position = (i % length) * width;
    for (let j = 0; j < width; j += 1, at += 1) {
      x[at] = tokenTable[token + j]! + positionTable[position + j]!;
    }
  }
}

/**
 * Adds the gradient of {@link embedTokens} to both tables, in the order of the tokens: a token that
 * occurs twice gets both rows.
 */
export function scatterTokenGradients(embedding: TokenEmbedding, dx: Float32Array): void {
  const { tokens, width, tokenTable, positionTable } = embedding;
  const length = positionTable.length / width;
  for (let i = 0, at = 0; i < tokens.length; i += 1) {
    const token = tokens[i]! * width;
    const position = (i % length) * width;
    for (let j = 0; j < width; j += 1, at += 1) {
      const gradient = dx[at]!;
      tokenTable[token + j]! += gradient;
      positionTable[position + j]! += gradient;
    }
  }
}
