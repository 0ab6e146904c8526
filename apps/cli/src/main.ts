#!/usr/bin/env node
import { runCli } from './create-program.js';
import { createTerminal } from './terminal/terminal.js';

process.exitCode = await runCli(process.argv.slice(2), createTerminal());
