/** Which of `size` values stands at a place that may lie beyond either end. */
export type Border = (index: number, size: number) => number;

/** ..., 2, 1, 0, 1, 2, ...: the border value itself is not repeated. */
export const mirror: Border = (index, size) => {
  if (index >= 0 && index < size) return index;
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const place = ((index % period) + period) % period;
  return place < size ? place : period - place;
};

/** ..., 1, 0, 0, 1, ...: the border value is repeated once. */
export const reflect: Border = (index, size) => {
  if (index >= 0 && index < size) return index;
  const period = 2 * size;
  const place = ((index % period) + period) % period;
  return place < size ? place : period - 1 - place;
};

/** ..., 0, 0, 0, 1, ...: the border value goes on for ever. */
export const hold: Border = (index, size) => Math.min(Math.max(index, 0), size - 1);
