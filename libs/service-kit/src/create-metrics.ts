import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export { type Counter, type Gauge, type Histogram, Registry } from 'prom-client';

/** What a metric is called and says. */
export interface MetricSettings<Label extends string = string> {
  /** With its unit last, `_total` after it of what only grows: `holdfast_wire_bytes_total`. */
  readonly name: string;
  readonly help: string;
  /** Names of its labels. Of each the values are few, and known beforehand or forgotten later. */
  readonly labels?: readonly Label[];
}

/** What is read when somebody asks. */
export interface GaugeSettings<Label extends string = string> extends MetricSettings<Label> {
  /** Sets its values when they are read; what it held is gone by then. */
  readonly collect?: (gauge: Gauge<Label>) => void | Promise<void>;
}

/** A histogram of a service's own. */
export interface HistogramSettings<Label extends string = string> extends MetricSettings<Label> {
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
}

/** What only grows. One of a name in a registry: whoever asks again has the same. Without labels it stands at 0. */
export function createCounter<Label extends string = string>(
  registry: Registry,
  settings: MetricSettings<Label>,
): Counter<Label> {
  return find(registry, settings, (common) => new Counter(common));
}

/** What rises and falls; as {@link createCounter}. */
export function createGauge<Label extends string = string>(
  registry: Registry,
  settings: GaugeSettings<Label>,
): Gauge<Label> {
  const { collect } = settings;
  return find(registry, settings, (common) => {
    if (collect === undefined) return new Gauge(common);
    return new Gauge({
      ...common,
      async collect() {
        this.reset();
        await collect(this);
      },
    });
  });
}

/** A distribution; as {@link createCounter}. */
export function createHistogram<Label extends string = string>(
  registry: Registry,
  settings: HistogramSettings<Label>,
): Histogram<Label> {
  const buckets = [...settings.buckets];
  return find(registry, settings, (common) => new Histogram({ ...common, buckets }));
}

function find<Metric, Label extends string>(
  registry: Registry,
  { name, help, labels = [] }: MetricSettings<Label>,
  create: (common: {
    name: string;
    help: string;
    labelNames: readonly Label[];
    registers: Registry[];
  }) => Metric,
): Metric {
  const known = registry.getSingleMetric(name) as Metric | undefined;
  return known ?? create({ name, help, labelNames: labels, registers: [registry] });
}
