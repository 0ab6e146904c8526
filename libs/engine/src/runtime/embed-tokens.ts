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

/** x[t, i] <- token[tokens[i, t]] + position[t]; `x` is [length, rows, width]. */
export function embedTokens(embedding: TokenEmbedding, x: Float32Array): void {
  const { width, tokenTable, positionTable } = embedding;
  visitTokens(embedding, (token, position, at) => {
    for (let j = 0; j < width; j += 1) {
      x[at + j] = tokenTable[token + j]! + positionTable[position + j]!;
    }
  });
}

/**
 * Adds the gradient of {@link embedTokens} to both tables, in a fixed order: a token that occurs twice
 * gets both rows.
 */
export function scatterTokenGradients(embedding: TokenEmbedding, dx: Float32Array): void {
  const { width, tokenTable, positionTable } = embedding;
  visitTokens(embedding, (token, position, at) => {
    for (let j = 0; j < width; j += 1) {
      const gradient = dx[at + j]!;
      tokenTable[token + j]! += gradient;
      positionTable[position + j]! += gradient;
    }
  });
}

/** Calls `visit` with where each token's rows begin in both tables and in [length, rows, width]. */
function visitTokens(
  { tokens, width, positionTable }: TokenEmbedding,
  visit: (token: number, position: number, at: number) => void,
): void {
  const length = positionTable.length / width;
  const rows = tokens.length / length;
  for (let t = 0; t < length; t += 1) {
    for (let i = 0; i < rows; i += 1) {
      visit(tokens[i * length + t]! * width, t * width, (t * rows + i) * width);
    }
  }
}
