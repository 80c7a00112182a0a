import { renderProblem } from '../cli/render.ts';
import { readBaseUrl } from '../cli/settings.ts';
import { Problem } from '../client/problem.ts';
import { CheckFailed } from './check.ts';
import { Transcript } from './transcript.ts';

/** Tells a demo at MCP_BASE_URL to a person; what goes wrong is told too, and makes the process fail. */
export async function runDemo(
  tell: (baseUrl: string, transcript: Transcript) => Promise<void>,
): Promise<void> {
  try {
    await tell(readBaseUrl(process.env), new Transcript((line) => console.log(line)));
  } catch (error) {
    if (error instanceof Problem) console.error(`\n${renderProblem(error)}`);
    else if (error instanceof CheckFailed) console.error(`\nThis check does not hold: ${error.message}`);
    else throw error;
    process.exitCode = 1;
  }
}
