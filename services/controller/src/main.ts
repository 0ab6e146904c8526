import { runServer } from '@holdfast/service-kit';
import { controllerProgram } from './program.js';

await runServer({ ...controllerProgram, environment: process.env, argv: process.argv.slice(2) });
