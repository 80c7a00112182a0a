import { integer, secret, setting, type Table, text } from './fields.ts';

const perMinute = integer(0, 10_000_000);

/** How much each account and each address may use; 0 takes a limit away. Read by the server alone. */
export const LIMITS = {
  readsPerMinute: setting(
    'RATE_LIMIT_READS_PER_MINUTE',
    '6000',
    perMinute,
    'Calls of one account that read, sync_messages among them; 0 for no limit.',
    '1/min',
  ),
  writesPerMinute: setting(
    'RATE_LIMIT_WRITES_PER_MINUTE',
    '1200',
    perMinute,
    'Calls of one account that write; 0 for no limit.',
    '1/min',
  ),
  creationsPerMinute: setting(
    'RATE_LIMIT_CREATIONS_PER_MINUTE',
    '60',
    perMinute,
    'Calls of create_channel and attach_bot of one account; 0 for no limit.',
    '1/min',
  ),
  agentPerSecond: setting(
    'RATE_LIMIT_AGENT_PER_SECOND',
    '10',
    integer(0, 100_000),
    'Calls and messages of one agent, over REST, MCP and WebSocket together; 0 for no limit.',
    '1/s',
  ),
  strangersPerMinute: setting(
    'RATE_LIMIT_ADDRESS_PER_MINUTE',
    '1200',
    perMinute,
    'Requests of one address without a good token, OAuth included; 0 for no limit.',
    '1/min',
  ),
  registrationsPerMinute: setting(
    'RATE_LIMIT_REGISTRATIONS_PER_MINUTE',
    '60',
    perMinute,
    'Clients that one address may register; 0 for no limit.',
    '1/min',
  ),
  quotaChannels: setting(
    'QUOTA_CHANNELS',
    '200',
    integer(0, 1_000_000),
    'Open channels that one account may have made; 0 for no limit.',
  ),
  quotaBots: setting(
    'QUOTA_BOTS',
    '400',
    integer(0, 1_000_000),
    'Bots in the open channels that one account made; 0 for no limit.',
  ),
  quotaStoredMb: setting(
    'QUOTA_STORED_MB',
    '64',
    integer(0, 1_000_000),
    'What the channels that one account made may hold; 0 for no limit.',
    'MiB',
  ),
  quotaAgents: setting(
    'QUOTA_AGENTS',
    '20',
    integer(0, 1_000_000),
    'Agents that one account may have registered; 0 for no limit.',
  ),
  metricsToken: secret('METRICS_TOKEN', text, 'What /metrics asks for, as a bearer token. Default: nothing.'),
} satisfies Table;
