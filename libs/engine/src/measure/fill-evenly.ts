/** Fills an array with numbers between -scale and scale that look random and are the same every time. */
export function fillEvenly(data: Float32Array, scale: number): void {
  for (let i = 0; i < data.length; i += 1) data[i] = (((i * 7919) % 4093) / 2046 - 1) * scale;
}
