/** How measuring goes on and may be stopped. */
export interface MeasureOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (activity: string, done: number, total: number) => void;
}
