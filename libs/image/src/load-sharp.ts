/**
 * The decoder library, loaded when it is first needed: that takes 150 ms of a core and 30 MB, and small
 * PNGs, and threads that only augment, do without it.
 */
export async function loadSharp(): Promise<typeof import('sharp')['default']> {
  return (await import('sharp')).default;
}
