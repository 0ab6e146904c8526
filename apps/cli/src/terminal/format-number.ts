/** A fraction in per cent: 0.9123 is `91.2 %`. */
export function formatPercent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}

/** A change of a fraction in percentage points, signed: `+1.2`, `-0.4`, `0.0`. */
export function formatChange(change: number): string {
  const text = (change * 100).toFixed(1);
  if (Number(text) === 0) return '0.0';
  return change > 0 ? `+${text}` : text;
}

/** A signed number with so many digits after the point: `+0.0123`. */
export function formatSigned(value: number, digits = 4): string {
  const text = value.toFixed(digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text.replace(/^-(0\.0*)$/, '$1');
}

/** A duration for a person: `45 s`, `12 min`, `3 h 05 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A size for a person: `512 B`, `1.4 MiB`, `3.0 GiB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  if (power === 0) return `${bytes} B`;
  return `${(bytes / 1024 ** power).toFixed(1)} ${['KiB', 'MiB', 'GiB'][power - 1]}`;
}
