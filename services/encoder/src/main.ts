import { runServer } from '@holdfast/service-kit';
import { encoderProgram } from './program.js';

await runServer({ ...encoderProgram, environment: process.env, argv: process.argv.slice(2) });
