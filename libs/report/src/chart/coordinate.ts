/** A coordinate for SVG: at most two decimals, nothing superfluous. */
export function formatCoordinate(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** A percentage for SVG, so that a chart follows its container while text and strokes keep their size. */
export function formatPercentage(value: number): string {
  return `${formatCoordinate(value)}%`;
}
