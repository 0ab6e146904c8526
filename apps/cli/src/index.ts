export { runCli } from './create-program.js';
export { type HostedServices, hostServices } from './host-services.js';
export type { Terminal } from './terminal/terminal.js';
