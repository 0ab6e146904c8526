import type { DryRun, FoundBackEnd, OpenTerm, TermKind } from '@holdfast/term-modules';

/** A term that is open. */
export interface StoredTerm {
  readonly kind: TermKind;
  readonly term: OpenTerm;
  readonly report: DryRun;
}

/** What the handlers of the term service share. */
export interface TermStore {
  /** Whether modules are taken at all. */
  readonly allowsModules: boolean;
  /** Looks for the back end once. */
  findBackEnd(): Promise<FoundBackEnd>;
  /** @throws Fault `not-open` if it is not open. */
  get(runId: string, name: string): Promise<StoredTerm>;
  /**
   * The term that the same request opened, else a new one.
   * @throws Fault `precondition` if another request opened it, `exhausted` if as many are open as may be.
   */
  open(
    runId: string,
    name: string,
    fingerprint: string,
    load: () => Promise<StoredTerm>,
  ): Promise<StoredTerm>;
  /** Closes the terms of a run. */
  closeRun(runId: string): Promise<void>;
  /** Closes all. */
  close(): Promise<void>;
}
