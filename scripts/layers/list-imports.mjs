// Biome formats: a statement starts its line, and its names stand before its specifier.
const statement = /^(?:import|export)\s(?:[\w$\s{},*]*\sfrom\s)?\s*'([^']+)'/gm;
const call = /\b(?:import|require)\(\s*'([^']+)'/g;

/**
 * What a source file imports, also types, re-exports, and `import('...')`, each with its line.
 *
 * @param text TypeScript or JavaScript as Biome formats it
 */
export function listImports(text) {
  return [...text.matchAll(statement), ...text.matchAll(call)]
    .map(({ 0: found, 1: specifier, index }) => ({
      specifier,
      line: text.slice(0, index + found.length).split('\n').length,
    }))
    .sort((a, b) => a.line - b.line);
}
