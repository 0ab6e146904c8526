import { parentPort } from 'node:worker_threads';
import { serveImages } from './serve-images.js';

// The entry of an image thread.
serveImages(parentPort!);
