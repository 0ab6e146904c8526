/** A memory that WebAssembly and typed arrays share. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WebAssemblyApi {
  readonly Memory: new (descriptor: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Record<string, unknown> };
}

/** The part of WebAssembly that matrix products use; TypeScript declares it only with the DOM. */
export const { WebAssembly: webAssembly } = globalThis as unknown as {
  WebAssembly: WebAssemblyApi;
};
