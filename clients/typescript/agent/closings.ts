import { PassingProblem, Problem } from '../client/problem.ts';

/** How a connection ended. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** Another connection of the agent was opened: to come back would close that one. */
const REPLACED = 4001;
/** The token was revoked or has expired. */
export const UNAUTHORIZED = 4401;
/** The agent was deregistered. */
const GONE = 4404;

/** After these, what was received and not handled yet is somebody else's, or nobody's. */
export const isFinal = (code: number): boolean => code === REPLACED || code === GONE;

/** What a close code means: a PassingProblem where a new connection may help. */
export function closingProblem({ code, reason }: Closing): Problem {
  const details = { close_code: code };
  if (code === REPLACED) {
    const next = 'Let one program listen for each agent, or register under another agent_id.';
    return new Problem('REPLACED', 'Another connection of this agent was opened.', next, details);
  }
  if (code === GONE)
    return new Problem('AGENT_NOT_FOUND', 'The agent was deregistered.', 'Register it again.', details);
  const told = reason === '' ? `code ${code}` : `code ${code}: ${reason}`;
  return new PassingProblem('DISCONNECTED', `The connection ended (${told}).`, 'Connect again.', details);
}
