import { runServer } from '@holdfast/service-kit';
import { evaluatorProgram } from './program.js';

await runServer({ ...evaluatorProgram, environment: process.env, argv: process.argv.slice(2) });
