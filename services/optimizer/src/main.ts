import { runServer } from '@holdfast/service-kit';
import { optimizerProgram } from './program.js';

await runServer({ ...optimizerProgram, environment: process.env, argv: process.argv.slice(2) });
