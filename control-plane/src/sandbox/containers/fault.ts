import type { FailureReason } from '../port.ts';
import type { CallEnd } from './call.ts';

/** Evidence from inside that the bot is to blame, with a sentence of our own. */
export interface Fault {
  readonly reason: FailureReason;
  readonly detail: string;
}

/** What PID 1's account of a call says against the bot; undefined if it ended as it should. */
export function faultOf(end: CallEnd): Fault | undefined {
  if (end.cause !== 'ok' && end.oom) return MEMORY;
  switch (end.cause) {
    case 'ok':
      return undefined;
    case 'memory':
      return MEMORY;
    case 'timeout':
      return { reason: 'timeout', detail: 'The code ran longer than its time limit.' };
    case 'reply_too_large':
      return { reason: 'output', detail: 'The answer is larger than allowed.' };
    case 'signalled':
      return { reason: 'exit', detail: `The process was ended by signal ${end.detail}.` };
    case 'exited':
      return { reason: 'exit', detail: `The process exited with status ${end.detail} and gave no answer.` };
    case 'not_loaded':
      return { reason: 'exit', detail: 'The container holds no code.' };
  }
}

const MEMORY: Fault = { reason: 'memory', detail: 'The code used more memory than it may.' };
