import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly address: string;
  readonly metricsPort: number;
  readonly exited: Promise<number | null>;
  /** What it has logged. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Starts a service as it is built, on free ports.
 *
 * @param settings of the service, as `LISTEN_PORT`
 * @param environment variables beside them
 */
export async function startService(
  name: string,
  settings: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const program = fileURLToPath(new URL(`../../../${name}/dist/main.js`, import.meta.url));
  const prefix = `HOLDFAST_${name.toUpperCase()}_`;
  const named = Object.entries({ METRICS_PORT: '0', ...settings });
  const own = Object.fromEntries(named.map(([key, value]) => [prefix + key, value]));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...environment, ...own },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const log: Record<string, unknown>[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line);
      log.push(entry);
      if (entry.event !== 'server.listening') return;
      const { address, metricsPort } = entry;
      resolve({ child, address, metricsPort, exited, log });
    });
    void exited.then((code) => reject(new Error(`${name} ended with ${code} and did not listen`)));
  });
}

/** Starts the four services that a controller calls, a process each. */
export async function startServices(
  environment: Readonly<Record<string, string>> = {},
): Promise<Map<string, ServiceProcess>> {
  const settings = {
    encoder: { ROOTS: '/', THREADS: '1' },
    optimizer: { ROOTS: '/' },
    constraint: {},
    evaluator: {},
  };
  const started = Object.entries(settings).map(
    async ([name, own]) => [name, await startService(name, own, environment)] as const,
  );
  return new Map(await Promise.all(started));
}

/** Starts a controller that calls services. */
export function startController(
  services: ReadonlyMap<string, ServiceProcess>,
  runsPath: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const addresses = [...services].map(([name, { address }]) => [
    `${name.toUpperCase()}_ADDRESS`,
    address,
  ]);
  const settings = { ROOTS: '/', RUNS_PATH: runsPath, ...Object.fromEntries(addresses) };
  return startService('controller', settings, environment);
}
