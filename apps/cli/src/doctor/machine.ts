/** What this machine is, as far as speed and room depend on it. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  /** Logical processors that the system shows. */
  readonly processors: number;
  /** Processors that a container's quota allows, where there is one: 1.5. */
  readonly processorQuota?: number | undefined;
  /** Processes that wanted to run, on average over the last minute. */
  readonly load: number;
  /** Instructions that matrix products profit from, best last; undefined where the system does not tell. */
  readonly simd?: readonly string[] | undefined;
  /** Whether WebAssembly has SIMD, which the optimizer needs. */
  readonly hasWasmSimd: boolean;
  readonly memory: {
    readonly totalBytes: number;
    readonly availableBytes: number;
    /** A container's limit, where there is one. */
    readonly limitBytes?: number | undefined;
  };
  readonly disk: { readonly path: string; readonly freeBytes: number };
}
