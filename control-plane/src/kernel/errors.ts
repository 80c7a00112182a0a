import type { JsonObject } from './json/value.ts';

/**
 * Every error that a caller can get. `next` is the call or step to take; it never quotes what a
 * peer or a bot wrote. A test holds this table against docs/errors.md, both ways.
 */
export const ERRORS = {
  UNAUTHORIZED: {
    status: 401,
    message: 'A valid access token is needed.',
    next: 'Get a token (POST /register, then POST /token; an agent: POST /api/v1/agents/register) and send it as "Authorization: Bearer <token>".',
  },
  FORBIDDEN_SCOPE: {
    status: 403,
    message: 'The token does not carry the scope that this call needs.',
    next: 'Authorize again and ask for the scope that `scope` names.',
  },
  SITE_FORBIDDEN: {
    status: 403,
    message: 'The request names a site that may not call this server.',
    next: 'Call the server by an address it knows; its operator can allow more (ALLOWED_HOSTS, ALLOWED_ORIGINS).',
  },
  INVALID_REQUEST: {
    status: 400,
    message: 'The request is not valid.',
    next: 'Mend the field that `field` names and call again.',
  },
  TOO_LARGE: {
    status: 413,
    message: 'The request is larger than allowed.',
    next: 'Send less: `limit_bytes` is the limit.',
  },
  RATE_LIMITED: {
    status: 429,
    message: 'Too many calls.',
    next: 'Wait `retry_after_s` seconds, then call again.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    message: 'The store cannot take or give data right now. The call may or may not have taken effect.',
    next: 'Call again with the same idempotency_key in a few seconds.',
  },
  SANDBOX_UNAVAILABLE: {
    status: 503,
    message: 'No container can be had for the bot right now. Nothing was created.',
    next: 'Call again in a few seconds.',
  },
  CAPACITY: {
    status: 503,
    message: 'All containers are at work. Nothing was created.',
    next: 'Wait `retry_after_s` seconds, then call again.',
  },
  SERVER_STOPPING: { status: 503, message: 'The server is stopping.', next: 'Call again in a few seconds.' },
  INTERNAL: {
    status: 500,
    message: 'Something went wrong on the server.',
    next: 'Tell the operator the request id in `request_id`.',
  },
  NOT_FOUND: {
    status: 404,
    message: 'There is nothing at this address.',
    next: 'GET /openapi.json lists every route.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: 'This address does not take this method.',
    next: 'Use a method that the Allow header names.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: 'The body must be JSON.',
    next: 'Send "Content-Type: application/json".',
  },

  AGENT_NOT_FOUND: {
    status: 404,
    message: 'There is no agent of this name.',
    next: 'List the agents with list_agents, or register yours.',
  },
  AGENT_TAKEN: {
    status: 409,
    message: 'Another account has an agent of this name.',
    next: 'If it is yours, call with its token, or with one that its client_id and client_secret take (POST /token). If those are lost, register under another agent_id, or ask the operator to end it.',
  },
  NOT_YOUR_AGENT: {
    status: 403,
    message: 'The agent belongs to another account.',
    next: 'Speak as your own agent: list_agents says as `you` which one it is. None is needed to begin with.',
  },
  UNKNOWN_MESSAGE_TYPE: {
    status: 400,
    message: 'The message is of no known type.',
    next: 'Send text, or an object whose type is one of `types`.',
  },
  MESSAGE_NOT_FOUND: {
    status: 404,
    message: 'This agent has sent no message with this id.',
    next: 'Use the message_id that sending it returned, and the agent that sent it.',
  },
  TICKET_INVALID: {
    status: 401,
    message: 'The ticket is unknown, was used before, is older than a minute, or is another agent’s.',
    next: 'Take a new one with POST /api/v1/tickets.',
  },
  UPGRADE_REQUIRED: {
    status: 426,
    message: 'This address speaks WebSocket only.',
    next: 'Open it as a WebSocket (docs/agents.md), or read messages with GET /api/v1/messages.',
  },
  AGENT_QUOTA: {
    status: 429,
    message: 'This account, or this server, has as many agents as it may.',
    next: 'Deregister an agent that is not needed any more.',
  },
  INBOX_FULL: {
    status: 429,
    message: 'Too many messages wait for this agent.',
    next: 'Wait until it has read some, then send again.',
  },

  BAD_SLOT: {
    status: 400,
    message: 'A slot is not of the form bot:<label> or invite:<label>.',
    next: 'Mend the slot that `field` names and call create_channel again.',
  },
  UNKNOWN_PRESET: {
    status: 404,
    message: 'There is no preset of this name.',
    next: 'Use one of the presets in `presets`, or bring the code inline.',
  },
  INVALID_BOT_CODE: {
    status: 400,
    message: 'The bot code cannot run. Nothing was created.',
    next: 'Mend the code and call again; `line` says where, if one line is at fault.',
  },
  BOT_SLOT_MISSING: {
    status: 400,
    message: 'A bot was given, but no slot of the form bot:<label> takes it.',
    next: 'Add a slot bot:<label> for each bot and call again.',
  },
  QUOTA: {
    status: 403,
    message: 'The account has used up what it may hold.',
    next: 'Close and delete channels that are no longer needed (update_channel); list_channels shows yours.',
  },

  INVITE_INVALID: {
    status: 404,
    message: 'This is not an invite code of a channel here.',
    next: "Check the code; ask the channel's admin for a new one (update_channel with issue_invite).",
  },
  INVITE_EXPIRED: {
    status: 403,
    message: 'The invite code has expired.',
    next: "Ask the channel's admin for a new one (update_channel with issue_invite).",
  },
  INVITE_REVOKED: {
    status: 403,
    message: 'The invite code was revoked.',
    next: "Ask the channel's admin for a new one (update_channel with issue_invite).",
  },
  SLOT_ALREADY_FILLED: {
    status: 409,
    message: 'The seat is filled.',
    next: 'If it is your seat, call join_channel with its rejoin_token, or with channel_id and slot_id; else take an invite to another slot. An admin can free a seat with evict; get_channel_info shows who sits where.',
  },
  REJOIN_TOKEN_INVALID: {
    status: 404,
    message: 'This is not a live rejoin token.',
    next: "Call list_channels: where this account holds a seat, it shows the call that gives a new token; else ask the channel's admin for an invite.",
  },
  CHANNEL_CLOSED: {
    status: 409,
    message: 'The channel is closed: it can be read, not written.',
    next: 'Read it with sync_messages, look at it with get_channel_info, or make a new one with create_channel.',
  },
  CHANNEL_NOT_CLOSED: {
    status: 409,
    message: 'Only a closed channel can be deleted.',
    next: 'Call update_channel with close first.',
  },
  CHANNEL_NOT_FOUND: {
    status: 404,
    message: 'There is no such channel for this account.',
    next: 'Call list_channels to see your channels.',
  },

  NOT_MEMBER: {
    status: 403,
    message: 'This account holds no seat in the channel.',
    next: 'Call join_channel with your rejoin_token or an invite code; list_channels shows the seats that this account has.',
  },
  NOT_ADMIN: {
    status: 403,
    message: 'Only an admin of the channel may do this.',
    next: 'Ask an admin of the channel (get_channel_info shows them).',
  },
  LAST_ADMIN: {
    status: 409,
    message: 'A channel keeps at least one admin.',
    next: 'Make another filled seat admin first (update_channel with set_admin); get_channel_info shows the seats.',
  },
  SEAT_INVALID: {
    status: 403,
    message: '`seat` is not a live rejoin_token of this channel and account.',
    next: 'Leave `seat` out if you have held one seat only; else call join_channel with your rejoin_token, or with channel_id and slot_id (list_channels and get_channel_info show yours), and give the rejoin_token of its answer.',
  },
  SEAT_REQUIRED: {
    status: 400,
    message: 'The seat must be named: this account has held more than one here, or the channel is strict.',
    next: 'Give `seat`: the rejoin_token that join_channel returned. If it is lost, join_channel with channel_id and the slot_id of your seat (`seats` names them) gives another; in a strict channel, which get_channel_info shows, only an admin helps, with evict and issue_invite.',
  },
  SEAT_LIMIT: {
    status: 403,
    message: 'The seat has changed accounts, or been given rejoin tokens, as often as a seat may.',
    next: "Use a rejoin_token of the seat from the account that holds it; else ask the channel's admin to evict the seat and for an invite.",
  },
  SEAT_EMPTY: {
    status: 409,
    message: 'Nobody sits in this slot.',
    next: 'Call get_channel_info to see who sits where.',
  },
  SLOT_NOT_FOUND: {
    status: 404,
    message: 'The channel has no such slot, or it is of the other kind.',
    next: 'Call get_channel_info to see the slots.',
  },

  KIND_NOT_ALLOWED: {
    status: 403,
    message: 'Members post kind "user" only.',
    next: 'Call post_message with kind "user" or without kind.',
  },
  SECRET_IN_BODY: {
    status: 400,
    message: 'The body holds a live invite code or rejoin token of this channel.',
    next: 'Take the code out and call again; give codes to people outside of the channel.',
  },
  LOOP_GUARD: {
    status: 429,
    message: 'This seat posts too fast.',
    next: 'Wait `retry_after_s` seconds, then call again.',
  },
  BOT_BUSY: {
    status: 409,
    message: 'A bot of the channel has too many entries still to work on.',
    next: 'Call sync_messages to wait for the bot, then call again.',
  },
  BOT_NOT_FOUND: {
    status: 404,
    message: 'The channel has no such bot.',
    next: 'Call get_channel_info to see the bots.',
  },
  BOT_SUSPENDED: {
    status: 409,
    message: 'The bot failed again and again and is suspended.',
    next: 'As an admin, resume it (update_channel with resume_bot); else ask one: get_channel_info shows them.',
  },
  BOT_NOT_SUSPENDED: {
    status: 409,
    message: 'The bot is not suspended.',
    next: 'Nothing to do: post to it. get_channel_info shows its status.',
  },
  BOTS_FROZEN: {
    status: 403,
    message: 'Two accounts are seated, so the bots cannot be changed any more.',
    next: 'Make a new channel with other bots, or with bots_policy "open".',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    message: 'This idempotency_key was used with other arguments.',
    next: 'Use a new idempotency_key for a new call.',
  },
  BAD_CURSOR: {
    status: 400,
    message: 'The cursor is not one that this call gave.',
    next: 'Use the cursor of the last answer of the same call (sync_messages, list_channels, read_inbox), or none to start at the beginning.',
  },
  BAD_OP: {
    status: 400,
    message: 'An op is not known or its fields are wrong. Nothing was changed.',
    next: 'Mend the op that `field` names and call again.',
  },
} as const satisfies Record<string, { status: number; message: string; next: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** A call of a tool that can be made as it stands. */
export interface NextCall {
  readonly tool: string;
  readonly arguments: JsonObject;
}

/** Facts for the caller beside the table's sentences: the field, a limit, a line. Never peer text. */
export interface ErrorDetails {
  readonly field?: string;
  /** Says more exactly what is wrong; replaces the table's sentence. */
  readonly message?: string;
  /** Another step than the table's, where that would not help. */
  readonly next?: string;
  readonly line?: number;
  readonly retry_after_s?: number;
  readonly limit_bytes?: number;
  readonly presets?: readonly string[];
  /** Types of messages that may be sent. */
  readonly types?: readonly string[];
  readonly scope?: string;
  readonly request_id?: string;
  /** The slots that the caller's account sits in. */
  readonly seats?: readonly string[];
  /** The call that `next` speaks of, where it can be told in full. */
  readonly next_call?: NextCall;
}

/** The one shape of an error on every edge. */
export interface ErrorAnswer extends ErrorDetails {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next: string;
}

/** An error that a caller may see. Everything else thrown becomes INTERNAL. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(details.message ?? ERRORS[code].message, options);
    this.name = 'CodedError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  toAnswer(): ErrorAnswer {
    const { next_call, ...facts } = this.details;
    const next = facts.next ?? ERRORS[this.code].next;
    return { code: this.code, ...facts, message: this.message, next, ...(next_call ? { next_call } : {}) };
  }

  /** The same error with the call that comes next. */
  withNextCall(next_call: NextCall): CodedError {
    return new CodedError(this.code, { ...this.details, next_call }, { cause: this.cause });
  }
}
