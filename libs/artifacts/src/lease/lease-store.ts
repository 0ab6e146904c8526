/** A term of a lease as others see it. */
export interface LeaseTerm {
  /** From 1; grows with each taking. */
  readonly term: number;
  /** What its owner wrote of itself; may be torn where that owner is about to write it, or died then. */
  readonly record: string;
  /** Changes with each renewal, and means nothing else: no clock of another machine is read. */
  readonly mark: string;
  /** Whether its owner gave it back. */
  readonly isReleased: boolean;
}

/**
 * Where the terms of one lease are kept, for all who may take it. All it needs is that of two who create the same name one is
 * refused: files have it (O_EXCL), and object stores (`If-None-Match: *`).
 */
export interface LeaseStore {
  /** Where, for messages. */
  readonly path: string;
  /** The newest term; undefined before the first. */
  readNewest(): Promise<LeaseTerm | undefined>;
  /** Begins a term; false where somebody began it, or a later one. */
  create(term: number, record: string): Promise<boolean>;
  /** Changes the mark of a term; nothing where a later one began. */
  renew(term: number, signal?: AbortSignal): Promise<void>;
  /** Gives a term back; nothing where a later one began. */
  release(term: number): Promise<void>;
}
