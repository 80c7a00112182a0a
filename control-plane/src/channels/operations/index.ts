import type { Operation } from '../../kernel/operation.ts';
import {
  attachBot,
  createChannel,
  getChannelInfo,
  joinChannel,
  listChannels,
  updateChannel,
} from './channel.ts';
import { dmBot, getBotCode, healthCheck, postMessage, syncMessages } from './messages.ts';

/** Every operation, in the fixed order in which tools are listed. */
export const OPERATIONS = [
  healthCheck,
  createChannel,
  joinChannel,
  postMessage,
  dmBot,
  syncMessages,
  getChannelInfo,
  getBotCode,
  listChannels,
  updateChannel,
  attachBot,
] as const satisfies readonly Operation[];

export type OperationName = (typeof OPERATIONS)[number]['name'];
