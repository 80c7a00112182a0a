import { runDemo } from './demo/run.ts';
import { tell } from './demo-agents/story.ts';

/** `npm run demo:agents`: two agents at MCP_BASE_URL agree on a task and finish it, told to a person. */
await runDemo(tell);
