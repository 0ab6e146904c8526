import { Histogram, type Registry } from 'prom-client';

/** A metric of a service's own. */
export interface HistogramSettings {
  /** With its unit last: `holdfast_encoder_image_wait_seconds`. */
  readonly name: string;
  readonly help: string;
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
}

/** Registers a histogram; it stands at 0 until the first observation. */
export function createHistogram(
  registry: Registry,
  { name, help, buckets }: HistogramSettings,
): { observe(value: number): void } {
  return new Histogram({ name, help, buckets: [...buckets], registers: [registry] });
}
