/** Measures how long one call waited for pixels. */
export interface ImageClock {
  wait<T>(pixels: Promise<T>): Promise<T>;
  readonly seconds: number;
}

/** Starts at 0 seconds. */
export function startImageClock(): ImageClock {
  let waitedMs = 0;
  return {
    async wait(pixels) {
      const from = performance.now();
      const value = await pixels;
      waitedMs += performance.now() - from;
      return value;
    },
    get seconds() {
      return waitedMs / 1000;
    },
  };
}
