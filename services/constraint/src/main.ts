import { runServer } from '@holdfast/service-kit';
import { constraintProgram } from './program.js';

await runServer({ ...constraintProgram, environment: process.env, argv: process.argv.slice(2) });
