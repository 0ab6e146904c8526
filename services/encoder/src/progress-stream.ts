/**
 * Runs a task that reports progress, and yields the latest report whenever the reader is ready: a slow
 * reader skips reports instead of holding up the task. Returns what the task returns.
 */
export async function* streamProgress<Progress, T>(
  task: (report: (progress: Progress) => void) => Promise<T>,
): AsyncGenerator<Progress, T> {
  let latest: Progress | undefined;
  let wake: () => void = () => {};
  let outcome: { value: T } | { error: unknown } | undefined;
  const settle = (settled: NonNullable<typeof outcome>) => {
    outcome = settled;
    wake();
  };
  task((progress) => {
    latest = progress;
    wake();
  }).then(
    (value) => settle({ value }),
    (error: unknown) => settle({ error }),
  );
  for (;;) {
    if (latest !== undefined) {
      const report = latest;
      latest = undefined;
      yield report;
    } else if (outcome !== undefined) {
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}
