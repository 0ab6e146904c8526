/** The part of WebAssembly that doctor uses: the library of browsers, which has all of it, is left out. */
declare namespace WebAssembly {
  function validate(bytes: Uint8Array): boolean;
}
