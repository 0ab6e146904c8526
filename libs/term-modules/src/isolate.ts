import type { EventEmitter } from 'node:events';

/** A program that runs apart, in a thread or in a process, and can be ended whatever it does. Its events: `message`, `error`, `exit`. */
export interface Isolate extends Pick<EventEmitter, 'on' | 'off'> {
  postMessage(message: unknown): void;
  terminate(): Promise<unknown>;
  /** Holds this process up; `unref`, as it is at first: does not. */
  ref(): void;
  unref(): void;
}
