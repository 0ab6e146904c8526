/** Hands out float32 buffers that start at cache lines. */
export interface Arena {
  /** A zeroed buffer. Its pages cost memory when they are first written. */
  allocate(elements: number): Float32Array<ArrayBuffer>;
  /** Bytes handed out. */
  readonly allocatedBytes: number;
}

const pageBytes = 65536;
const lineBytes = 64;
const blockBytes = 256 * 2 ** 20;

/**
 * Makes an arena over WebAssembly memories: the only buffers of JavaScript whose address is known to
 * be aligned, which the matrix kernels of the runtime reward. Nothing is freed before the arena is.
 */
export function createArena(): Arena {
  let buffer = new ArrayBuffer(0);
  let used = 0;
  let total = 0;
  return {
    get allocatedBytes() {
      return total;
    },
    allocate(elements) {
      const bytes = Math.ceil((elements * 4) / lineBytes) * lineBytes;
      if (used + bytes > buffer.byteLength) {
        const pages = Math.ceil(Math.max(bytes, blockBytes) / pageBytes);
        buffer = new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer;
        used = 0;
      }
      const view = new Float32Array(buffer, used, elements);
      used += bytes;
      total += bytes;
      return view;
    },
  };
}
