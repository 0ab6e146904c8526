export { runCli } from './create-program.js';
export { type HostedRuns, hostServices } from './host-services.js';
export type { Terminal } from './terminal/terminal.js';
