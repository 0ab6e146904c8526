/**
 * Seconds of the fastest run: a machine's other work makes runs slower, never faster. One run comes
 * first that does not count; one more than `seconds` allow is never begun, and at least two are.
 *
 * @param begin called before each run that counts
 */
export async function repeatFor(
  seconds: number,
  run: () => Promise<unknown>,
  begin: () => void = () => {},
): Promise<number> {
  await run();
  let fastest = Number.POSITIVE_INFINITY;
  const end = performance.now() + seconds * 1000;
  for (let done = 0; done < 2 || performance.now() + fastest * 1000 < end; done += 1) {
    begin();
    const start = performance.now();
    await run();
    fastest = Math.min(fastest, (performance.now() - start) / 1000);
  }
  return fastest;
}
