import { runDemo } from './demo/run.ts';
import { tell } from './demo/story.ts';

/** `npm run demo`: a whole game between two clients at MCP_BASE_URL, told to a person. */
await runDemo(tell);
