// A program that says the number of its process, and then hears nothing any more.
import { openPort } from '../thread/open-port.js';

const port = await openPort<undefined, never, number>();
port.post(process.pid);
// Once the message is on its way.
setTimeout(() => {
  while (true);
}, 100);
