/** What a scenario must come to: how many checks succeed, and which do not, each with its reason. */
export interface Expected {
  readonly succeed: number;
  readonly otherwise?: Readonly<Record<string, string>>;
}

const FIXTURE = 'needs a tool of the suite’s own fixture server';
const NO_CHANGES = 'lists change with a release only, so no change is announced';
const NO_SESSIONS = 'there are no sessions by design: any replica answers any call';
const NO_RESUMING = 'no stream is resumed: reading goes on from a cursor that the caller keeps';

const succeed = (count: number): Expected => ({ succeed: count });
const WITHOUT_SESSIONS: Expected = {
  succeed: 0,
  otherwise: { 'server-session-lifecycle-skipped: INFO': NO_SESSIONS },
};
const WITHOUT_STREAMS: Expected = {
  succeed: 0,
  otherwise: { 'server-sse-multiple-streams-session: WARNING': NO_SESSIONS },
};
const WITHOUT_POLLING: Expected = {
  succeed: 0,
  otherwise: {
    'server-sse-polling-session: WARNING': NO_SESSIONS,
    'server-sse-priming-event: WARNING': NO_RESUMING,
    'server-sse-retry-field: WARNING': NO_RESUMING,
  },
};

const RELEASED = '@modelcontextprotocol/conformance';
const NEXT = 'conformance-next';

/** Scenarios that ask something of this server, for each release of the suite and revision of the protocol. */
export const RUNS: readonly [suite: string, version: string, Readonly<Record<string, Expected>>][] = [
  [
    RELEASED,
    '2025-06-18',
    {
      'server-initialize': succeed(1),
      ping: succeed(1),
      'tools-list': succeed(1),
      'resources-list': succeed(1),
      'prompts-list': succeed(1),
    },
  ],
  [
    RELEASED,
    '2025-11-25',
    {
      'server-initialize': succeed(1),
      ping: succeed(1),
      'tools-list': succeed(1),
      'resources-list': succeed(1),
      'prompts-list': succeed(1),
      'server-sse-multiple-streams': WITHOUT_STREAMS,
      'server-sse-polling': WITHOUT_POLLING,
      'dns-rebinding-protection': succeed(2),
    },
  ],
  [
    NEXT,
    '2025-06-18',
    {
      'server-initialize': succeed(2),
      'server-session-lifecycle': WITHOUT_SESSIONS,
      ping: succeed(2),
      'tools-list': succeed(2),
      'resources-list': succeed(2),
      'prompts-list': succeed(2),
    },
  ],
  [
    NEXT,
    '2025-11-25',
    {
      'server-initialize': succeed(2),
      'server-session-lifecycle': WITHOUT_SESSIONS,
      ping: succeed(2),
      'tools-list': succeed(3),
      'resources-list': succeed(2),
      'prompts-list': succeed(2),
      'server-sse-multiple-streams': WITHOUT_STREAMS,
      'server-sse-polling': WITHOUT_POLLING,
      'dns-rebinding-protection': succeed(2),
    },
  ],
  [
    NEXT,
    '2026-07-28',
    {
      'tools-list': succeed(4),
      'resources-list': succeed(2),
      'prompts-list': succeed(2),
      'sep-2164-resource-not-found': succeed(4),
      caching: succeed(8),
      'http-header-validation': succeed(14),
      'server-sse-multiple-streams': succeed(1),
      'dns-rebinding-protection': succeed(2),
      'input-required-result-unsupported-methods': succeed(2),
      'input-required-result-validate-input': succeed(3),
      'server-stateless': {
        succeed: 24,
        otherwise: {
          'sep-2575-server-rejects-undeclared-capability: FAILURE': FIXTURE,
          'sep-2575-missing-capability-http-400: FAILURE': FIXTURE,
          'sep-2575-http-server-no-independent-requests-on-stream: FAILURE': FIXTURE,
          'sep-2575-server-no-log-without-loglevel: FAILURE': FIXTURE,
          'sep-2575-server-sends-prompts-list-changed-on-subscription: SKIPPED': NO_CHANGES,
          'sep-2575-server-sends-tools-list-changed-on-subscription: SKIPPED': NO_CHANGES,
        },
      },
    },
  ],
];
