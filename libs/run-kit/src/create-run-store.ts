import { Fault, runsEndMs } from '@holdfast/fault';

/** A run that is open, or being opened. */
interface RunEntry<Run> {
  /** Of the request that opened it: see {@link fingerprintRun}. */
  readonly fingerprint: string;
  readonly opening: Promise<Run>;
}

/** The runs that a service holds, by their names. */
export interface RunStore<Run> {
  /**
   * Remembers the latest lease that a run's caller had; absent, it has none.
   * @throws Fault `aborted` if there was a call for a later one: the run has another owner since.
   */
  fence(runId: string, leaseTerm: number | undefined): void;
  /** @throws Fault `not-open` if there is no such run; what opening it throws, if that fails. */
  get(runId: string): Promise<Run>;
  /**
   * The run that the same request opened, else a new one, which is loaded once an earlier one of its name is closed. One
   * that cannot be opened is not there afterwards.
   * @throws Fault `precondition` if another request opened it, `exhausted` if the service holds as many runs as it may.
   */
  open(runId: string, fingerprint: string, load: () => Promise<Run>): Promise<Run>;
  /** Removes a run as soon as it is open, then unloads it; done when it is unloaded, whoever asked. An unknown one changes nothing. */
  close(runId: string, unload: (run: Run) => Promise<void>): Promise<void>;
}

/** Runs whose latest lease is remembered, whether they are open or not. */
const leasesMax = 4096;

/**
 * Makes a store of at most `runsMax` runs.
 *
 * @param holder for messages: `the encoder`
 */
export function createRunStore<Run>(holder: string, runsMax: number): RunStore<Run> {
  const runs = new Map<string, RunEntry<Run>>();
  /** The runs that are being unloaded. */
  const closing = new Map<string, Promise<void>>();
  const leaseTerms = new Map<string, number>();
  const find = (runId: string, fingerprint: string) => {
    const entry = runs.get(runId);
    if (entry === undefined || entry.fingerprint === fingerprint) return entry?.opening;
    throw new Fault('precondition', `run '${runId}' is open with another request; close it first`);
  };
  const requireRoom = () => {
    if (runs.size < runsMax) return;
    throw new Fault('exhausted', `${runsMax} runs are open already; close one first`, {
      retryAfterMs: runsEndMs,
    });
  };
  return {
    fence(runId, leaseTerm) {
      const latest = leaseTerms.get(runId) ?? 0;
      if (leaseTerm === undefined || leaseTerm === latest) return;
      if (leaseTerm < latest) {
        const message = `run '${runId}' was taken over: ${holder} works for its lease ${latest}, not ${leaseTerm} any more`;
        throw new Fault('aborted', message);
      }
      leaseTerms.delete(runId);
      leaseTerms.set(runId, leaseTerm);
      const [oldest] = leaseTerms.keys();
      if (leaseTerms.size > leasesMax) leaseTerms.delete(oldest!);
    },
    async get(runId) {
      const entry = runs.get(runId);
      if (entry !== undefined) return entry.opening;
      throw new Fault('not-open', `${holder} has no open run '${runId}'`);
    },
    async open(runId, fingerprint, load) {
      const known = find(runId, fingerprint);
      if (known !== undefined) return known;
      requireRoom();
      const opening = closing.get(runId)?.then(load, load) ?? load();
      runs.set(runId, { fingerprint, opening });
      try {
        return await opening;
      } catch (error) {
        runs.delete(runId);
        throw error;
      }
    },
    async close(runId, unload) {
      const entry = runs.get(runId);
      const run = await entry?.opening.catch(() => undefined);
      // Two calls may have waited for the same opening; only the first one closes.
      if (run === undefined || runs.get(runId) !== entry) return closing.get(runId);
      runs.delete(runId);
      const unloading = unload(run);
      closing.set(runId, unloading);
      await unloading.finally(() => closing.delete(runId));
    },
  };
}
