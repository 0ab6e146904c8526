import type { BackEndTrial } from '@holdfast/term-modules';
import type { Machine } from './machine.js';

/** One provider of onnxruntime on this machine. */
export interface ProviderState {
  readonly provider: 'cpu' | 'webgpu' | 'cuda';
  /** `works`; `software`: works, on a program that stands in for a GPU; `broken`; `absent`. */
  readonly state: 'works' | 'software' | 'broken' | 'absent';
  /** What computes, or why nothing does. */
  readonly detail: string;
  /** Rate of matrix products over the processor's. */
  readonly speedup?: number | undefined;
}

/** Rate of matrix products at ViT-B/16's sizes with so many threads. */
export interface ProductRate {
  readonly threads: number;
  readonly gflops: number;
}

/** What was measured; each of the fastest run. */
export interface Measurements {
  readonly products: readonly ProductRate[];
  readonly training: {
    readonly model: string;
    readonly threads: number;
    readonly imagesPerSecond: number;
    readonly gflops: number;
    /** Of what `products` reach with as many threads. */
    readonly shareOfProducts: number;
  };
}

/** Everything that doctor finds out. */
export interface Diagnosis {
  readonly machine: Machine;
  readonly onnxruntime: string | null;
  readonly providers: readonly ProviderState[];
  /** Back ends of TensorFlow.js, the fastest first, up to the one that is taken. */
  readonly tfjs: readonly BackEndTrial[];
  /** Threads that the engine takes by default; absent if it does not load. */
  readonly defaultThreads?: number;
  readonly measurements?: Measurements;
}
