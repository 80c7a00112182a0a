import { renderProblem } from './cli/render.ts';
import { readBaseUrl } from './cli/settings.ts';
import { Problem } from './client/problem.ts';
import { CheckFailed } from './demo/check.ts';
import { Transcript } from './demo/transcript.ts';
import { tell } from './demo-agents/story.ts';

/** `npm run demo:agents`: two agents at MCP_BASE_URL agree on a task and finish it, told to a person. */
try {
  await tell(readBaseUrl(process.env), new Transcript((line) => console.log(line)));
} catch (error) {
  if (error instanceof Problem) console.error(`\n${renderProblem(error)}`);
  else if (error instanceof CheckFailed) console.error(`\nThis check does not hold: ${error.message}`);
  else throw error;
  process.exitCode = 1;
}
